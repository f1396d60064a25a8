using Conformance.Results;

namespace Conformance.Reports.Tests;

public sealed class WiresharkCommandTests
{
    [Test]
    public void For_CaptureAndKeys_MakesTheirFolderTheProfile()
    {
        var command = WiresharkCommand.For(new() { Capture = "e/capture.pcapng", IkeKeys = "e/keys/ikev2_decryption_table" })!;

        Assert.That(
            command.Tshark,
            Is.EqualTo("WIRESHARK_CONFIG_DIR=e/keys tshark -o esp.enable_encryption_decode:TRUE -o esp.enable_authentication_check:TRUE -V -r e/capture.pcapng"));
    }

    [Test]
    public void For_PathWithBlanksAndQuotes_IsOneWordForTheShell()
    {
        var command = WiresharkCommand.For(new() { Capture = "e/it's $(a) capture.pcapng" })!;

        Assert.That(command.Wireshark, Is.EqualTo(@"wireshark -r 'e/it'\''s $(a) capture.pcapng'"));
    }

    [Test]
    public void For_NoCapture_IsNothing()
    {
        Assert.That(WiresharkCommand.For(new EvidenceRecord()), Is.Null);
    }
}
