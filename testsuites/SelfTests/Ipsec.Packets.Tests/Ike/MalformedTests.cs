using Ipsec.Packets.Ike;
using Ipsec.Packets.Tests.Fuzzing;

namespace Ipsec.Packets.Tests.Ike;

/// <summary>Exactly where the trouble is: the body stands at offset 32, after the IKE header and the generic one.</summary>
public sealed class MalformedTests
{
    [TestCase(PayloadType.SecurityAssociation, "0000000801000001", 40, "Last Substruc", TestName = "a proposal that counts more transforms than it holds")]
    [TestCase(PayloadType.SecurityAssociation, "01000008010300", 32, "Last Substruc", TestName = "a proposal with a wrong marker")]
    [TestCase(PayloadType.KeyExchange, "00", 32, "Diffie-Hellman Group Num", TestName = "a key exchange without a group")]
    [TestCase(PayloadType.IdentificationInitiator, "0100", 33, "RESERVED", TestName = "an identity cut in its reserved octets")]
    [TestCase(PayloadType.Notify, "03040000aabb", 36, "SPI", TestName = "a notification cut in its SPI")]
    [TestCase(PayloadType.Delete, "0304000200000001", 34, "Num of SPIs", TestName = "a deletion of more SPIs than there are")]
    [TestCase(PayloadType.Delete, "0100ffff", 34, "Num of SPIs", TestName = "a deletion of many SPIs of no octets")]
    [TestCase(PayloadType.TrafficSelectorInitiator, "0100000007000009", 38, "Selector Length", TestName = "a selector of an impossible length")]
    [TestCase(PayloadType.Configuration, "0100000000010004c0a8", 40, "Value", TestName = "a configuration attribute cut in its value")]
    [TestCase(PayloadType.Configuration, "010000", 33, "RESERVED", TestName = "a configuration payload without its header")]
    [TestCase(PayloadType.ExtensibleAuthentication, "0101000901", 34, "Length", TestName = "an EAP message that claims more than there is")]
    [TestCase(PayloadType.GroupSecurityAssociation, "0300000300", 36, "Length", TestName = "a group policy shorter than its header")]
    [TestCase(PayloadType.GroupSecurityAssociation, "03040008aabb", 36, "Length", TestName = "a group policy longer than there is")]
    [TestCase(PayloadType.GroupSecurityAssociation, "000000060001", 38, "Attribute Length", TestName = "a group-wide policy cut in an attribute")]
    [TestCase(PayloadType.KeyDownload, "03040006aabb", 36, "SPI", TestName = "a key bag cut in its SPI")]
    [TestCase(PayloadType.KeyDownload, "0000000a00010009aabb", 40, "Attribute Value", TestName = "a key bag cut in a key")]
    [TestCase(PayloadType.EncryptedFragment, "000100", 34, "Total Fragments", TestName = "a fragment without a total")]
    public void Parse_MalformedBody_SaysOffsetAndField(PayloadType type, string body, int offset, string field)
    {
        var octets = IkeWriter.Message(Corpus.Header, [new(type, 0, Octets.FromHex(body))]);
        Assert.That(IkeMessage.TryParse(octets, out _, out var error), Is.False);
        Assert.That((error.Offset, error.Field), Is.EqualTo((offset, field)), error.ToString());
    }

    [Test]
    public void Parse_ChainThatEndsTooEarly_SaysWhereOctetsFollow()
    {
        var octets = IkeWriter.Message(Corpus.Header, [new(PayloadType.Nonce, 0, new byte[16], ClaimedNext: PayloadType.None), new(PayloadType.Nonce, 0, new byte[16])]);
        Assert.That(IkeMessage.TryParse(octets, out _, out var error), Is.False);
        Assert.That((error.Offset, error.Field), Is.EqualTo((28 + 20, "Next Payload")));
    }

    [TestCase(3, TestName = "a payload length shorter than the generic header")]
    [TestCase(99, TestName = "a payload length beyond the message")]
    public void Parse_WrongPayloadLength_SaysItsOffset(int claimed)
    {
        var octets = IkeWriter.Message(Corpus.Header, [new(PayloadType.Nonce, 0, new byte[16], ClaimedLength: claimed)]);
        Assert.That(IkeMessage.TryParse(octets, out _, out var error), Is.False);
        Assert.That((error.Offset, error.Field), Is.EqualTo((30, "Payload Length")));
    }

    [Test]
    public void EncryptedInsideEncrypted_IsDescribed_AndNotOpenedAgain()
    {
        var nested = new EncryptedPayload(PayloadType.None, new byte[8]);
        var message = new IkeMessage(new IkeHeader { MajorVersion = 2, ExchangeType = ExchangeType.Informational }, [new EncryptedPayload(PayloadType.Encrypted, new byte[40])]);
        Assert.That(message.Describe([nested]).Split('\n').Count(line => line.TrimStart().StartsWith("SK", StringComparison.Ordinal)), Is.EqualTo(2));
    }
}
