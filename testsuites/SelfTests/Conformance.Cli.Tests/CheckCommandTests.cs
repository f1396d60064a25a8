using System.Text.Json;
using Conformance.Evidence;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;

namespace Conformance.Cli.Tests;

/// <summary>The <c>check</c> command as its users start it.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class CheckCommandTests
{
    private static readonly IkeHeader Header = new()
    {
        InitiatorSpi = 0x0102030405060708, MajorVersion = 2, ExchangeType = ExchangeType.IkeSaInit, Flags = IkeFlags.Initiator,
    };

    private static byte[] Good => new IkeMessage(Header, [new NoncePayload(new byte[16])]).Encode();

    private static byte[] ShortNonce => new IkeMessage(Header, [new NoncePayload(new byte[4])]).Encode();

    [Test]
    public async Task CaptureThatSatisfiesAll_ExitCode0AndCounts()
    {
        using var folder = new TemporaryFolder();
        var check = await CommandProcess.Run("check", Capture(folder, "a.pcapng", Good, Good), "--exercised");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(check.ExitCode, Is.EqualTo(ExitCode.AsExpected), check.Output);
            Assert.That(check.Output, Does.Match("RULE-IKE-NONCE-001 +held +2 ").And.Contain("1 captures").And.Contain(" 0 broken"));
            Assert.That(check.Output, Does.Not.Contain("not exercised  "));
        }
    }

    [Test]
    public async Task BrokenRule_IsNamedFirstWithFileFrameExpectedAndFound()
    {
        using var folder = new TemporaryFolder();
        Capture(folder, "a.pcapng", Good);
        Capture(folder, "b.pcapng", Good, ShortNonce);
        var check = await CommandProcess.Run("check", folder.Path);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(check.ExitCode, Is.EqualTo(ExitCode.UnexpectedVerdicts));
            Assert.That(check.Output, Does.StartWith("RULE-IKE-NONCE-001  fail: Nonces have 16 to 256 octets  [RFC7296-3.9-1]"));
            Assert.That(check.Output, Does.Contain("b.pcapng, frame 2: expected 16 to 256 octets; found 4").And.Contain("2 captures"));
            Assert.That(check.Output, Does.Contain("not exercised"));
        }
    }

    [Test]
    public async Task Sender_ThatSentNothingWrong_IsNotBlamed()
    {
        using var folder = new TemporaryFolder();
        var path = Capture(folder, "a.pcapng", ShortNonce);
        Assert.That((await CommandProcess.Run("check", path, "--sender", "192.0.2.2")).ExitCode, Is.EqualTo(ExitCode.AsExpected));
        Assert.That((await CommandProcess.Run("check", path, "--sender", "192.0.2.1")).ExitCode, Is.EqualTo(ExitCode.UnexpectedVerdicts));
    }

    [Test]
    public async Task Json_IsOneDocumentThatSaysTheSame()
    {
        using var folder = new TemporaryFolder();
        var check = await CommandProcess.Run("check", Capture(folder, "a.pcapng", ShortNonce), "--rule", "RULE-IKE-NONCE-00?", "--json");
        using var json = JsonDocument.Parse(check.Output);
        var rules = json.RootElement.GetProperty("rules").EnumerateArray().ToArray();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(rules.Select(rule => rule.GetProperty("id").GetString()), Is.EqualTo(new[] { "RULE-IKE-NONCE-001", "RULE-IKE-NONCE-002", "RULE-IKE-NONCE-003" }));
            Assert.That(rules[0].GetProperty("broken").GetInt32(), Is.EqualTo(1));
            Assert.That(rules[0].GetProperty("breaks")[0].GetProperty("frame").GetInt32(), Is.EqualTo(1));
        }
    }

    [Test]
    public async Task List_HasEveryRuleWithItsRequirements()
    {
        var list = await CommandProcess.Run("check", "--list", "--rule", "RULE-ESP-*");
        Assert.That(list.ExitCode, Is.EqualTo(ExitCode.AsExpected));
        Assert.That(list.Output, Does.Match("RULE-ESP-SEQUENCE-002 +fail +No sequence number is used twice on an SA  \\[RFC4303-2.2-1\\]").And.Not.Contain("RULE-IKE"));
    }

    [Test]
    public async Task BadInput_IsRefusedWithASentence()
    {
        using var folder = new TemporaryFolder();
        var garbage = folder.File("garbage.pcapng");
        await File.WriteAllTextAsync(garbage, "no capture at all");
        using (Assert.EnterMultipleScope())
        {
            Assert.That((await CommandProcess.Run("check")).ExitCode, Is.EqualTo(ExitCode.Usage));
            Assert.That((await CommandProcess.Run("check", "no-such-file")).ExitCode, Is.EqualTo(ExitCode.Usage));
            Assert.That((await CommandProcess.Run("check", garbage, "--keys", "no-such-file")).ExitCode, Is.EqualTo(ExitCode.Usage));
            Assert.That((await CommandProcess.Run("check", garbage, "--rule", "RULE-NONE-*")).ExitCode, Is.EqualTo(ExitCode.NothingSelected));
            var unreadable = await CommandProcess.Run("check", garbage);
            Assert.That(unreadable.ExitCode, Is.EqualTo(ExitCode.CouldNotRun));
            Assert.That(unreadable.Error, Does.Contain("is neither pcap nor pcapng"));
        }
    }

    private static string Capture(TemporaryFolder folder, string name, params byte[][] messages)
    {
        var path = folder.File(name);
        using var writer = new PcapngWriter(File.Create(path));
        var number = writer.AddInterface("link");
        for (var index = 0; index < messages.Length; index++)
            writer.WritePacket(number, DateTimeOffset.UnixEpoch.AddSeconds(index), Frame(messages[index]));
        return path;
    }

    private static byte[] Frame(byte[] message)
    {
        byte[] datagram = [0x01, 0xF4, 0x01, 0xF4, (byte)((8 + message.Length) >> 8), (byte)(8 + message.Length), 0, 0, .. message];
        var packet = new byte[20 + datagram.Length];
        new Ipv4Header(Ipv4Address.Parse("192.0.2.1"), Ipv4Address.Parse("192.0.2.2"), IpProtocol.Udp).WritePacket(packet, datagram);
        return [.. new byte[12], 0x08, 0x00, .. packet];
    }
}
