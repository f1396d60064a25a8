using System.Net;
using Ipsec.Packets.Ah;
using Ipsec.Packets.Esp;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Tests.Fuzzing;

namespace Ipsec.Packets.Tests.Ike;

/// <summary>
/// Each payload as the octets that its RFC lays out, written by hand: what is written and read back by one codec alone would not notice a field that is lost both ways.
/// </summary>
public sealed class PayloadOctetsTests
{
    [TestCaseSource(nameof(Payloads))]
    public void Payload_IsTheseOctets_AndTheseOctetsAreIt(Payload payload, string hex)
    {
        var octets = Convert.FromHexString(hex.Replace(" ", ""));
        Assert.That(Convert.ToHexStringLower(payload.EncodeBody()), Is.EqualTo(Convert.ToHexStringLower(octets)));
        Assert.That(IkeMessage.TryParse(IkeWriter.Message(Corpus.Header, [new(payload.Type, 0, octets)]), out var message, out _), Is.True);
        Assert.That(message.Payloads.Single(), Is.EqualTo(payload).UsingPropertiesComparer());
    }

    private static IEnumerable<TestCaseData> Payloads()
    {
        yield return Case(
            new SecurityAssociationPayload([
                new(1, ProtocolId.Esp, new byte[] { 1, 2, 3, 4 }, [
                    Transform.Encryption(EncryptionId.AesGcm16, 256) with { Reserved = 0xAABB }, new(TransformType.GroupControllerAuthentication, 0x1234, [new(0x0123, false, new byte[] { 7, 8, 9 })])])
                    { Reserved = 0xCC },
                new(2, ProtocolId.Ike, Octets.Empty, [Transform.KeyExchange((KeyExchangeId)0x0203)])]),
            "02cc 0027 01 03 04 02 01020304  03aa 000c 01bb 0014 800e0100  0000 000f 0e00 1234 01230003 070809  0000 0010 02 01 00 01  0000 0008 0400 0203");
        yield return Case(new KeyExchangePayload((KeyExchangeId)0x0102, new byte[] { 9 }) { Reserved = 0x0304 }, "0102 0304 09");
        yield return Case(new IdentificationPayload(PayloadType.IdentificationResponder, IdentificationType.KeyId, new byte[] { 9 }) { Reserved = 0x010203 }, "0b 010203 09");
        yield return Case(new CertificatePayload((CertificateEncoding)4, new byte[] { 9 }), "04 09");
        yield return Case(new CertificateRequestPayload((CertificateEncoding)4, new byte[] { 9 }), "04 09");
        yield return Case(new AuthenticationPayload((AuthenticationMethod)14, new byte[] { 9 }) { Reserved = 0x010203 }, "0e 010203 09");
        yield return Case(new NoncePayload(new byte[] { 9, 8 }), "0908");
        yield return Case(new NotifyPayload(ProtocolId.Esp, new byte[] { 1, 2, 3, 4 }, NotifyType.RekeySa, new byte[] { 9 }), "03 04 4009 01020304 09");
        yield return Case(DeletePayload.Esp(0x01020304, 0xFFFEFDFC), "03 04 0002 01020304 fffefdfc");
        yield return Case(DeletePayload.IkeSa, "01 00 0000");
        yield return Case(new VendorIdPayload(new byte[] { 9 }), "09");
        yield return Case(
            new TrafficSelectorPayload(PayloadType.TrafficSelectorInitiator, [
                new(TrafficSelectorType.Ipv4AddrRange, 17, 0x0102, 0x0304, IPAddress.Parse("10.1.2.3"), IPAddress.Parse("10.1.2.9")),
                new(TrafficSelectorType.Ipv6AddrRange, 0, 0, 65535, IPAddress.Parse("2001:db8::1"), IPAddress.Parse("2001:db8::2")),
                new(TrafficSelectorType.Seclabel, 5, 0, 0, IPAddress.Any, IPAddress.Any) { Opaque = new byte[] { 9, 8 } }]) { Reserved = 0x010203 },
            "03 010203  07 11 0010 0102 0304 0a010203 0a010209  08 00 0028 0000 ffff 20010db8000000000000000000000001 20010db8000000000000000000000002  0a 05 0006 0908");
        yield return Case(
            new ConfigurationPayload(ConfigurationType.Request, [
                new((ConfigurationAttributeType)0x0102, new byte[] { 9 }) { Reserved = true }, new((ConfigurationAttributeType)3, Octets.Empty)]) { Reserved = 0x010203 },
            "01 010203  8102 0001 09  0003 0000");
        yield return Case(new ExtensibleAuthenticationPayload(EapCode.Request, 7, new byte[] { 1, 9 }), "01 07 0006 01 09");
        yield return Case(new EncryptedFragmentPayload(PayloadType.None, 0x0102, 0x0304, new byte[] { 9 }), "0102 0304 09");
        yield return Case(
            new GroupSecurityAssociationPayload([
                new GroupSaPolicy(
                    ProtocolId.Esp, new byte[] { 1, 2, 3, 4 }, TrafficSelector.Range(IPAddress.Parse("10.0.0.1"), IPAddress.Parse("10.0.0.1")),
                    TrafficSelector.Range(IPAddress.Parse("239.0.0.1"), IPAddress.Parse("239.0.0.1")), [Transform.Encryption(EncryptionId.AesGcm16, 128)], [new(1, true, new byte[] { 0, 5 })]),
                new GroupWidePolicy([new(2, false, new byte[] { 9, 8 })]) { Reserved = 0xCC }]),
            "03 04 0038 01020304 07000010 0000ffff 0a000001 0a000001 07000010 0000ffff ef000001 ef000001 0000000c 01000014 800e0080 80010005  00 cc 000a 0002 0002 0908");
        yield return Case(
            new KeyDownloadPayload([
                new(ProtocolId.Esp, new byte[] { 1, 2, 3, 4 }, [new(1, false, new byte[] { 9, 8 })]), new(ProtocolId.None, Octets.Empty, [new(2, true, new byte[] { 0, 5 })]) { Reserved = 0xCC }]),
            "03 04 000e 01020304 0001 0002 0908  00 cc 0008 8002 0005");

        static TestCaseData Case(Payload payload, string hex) => new TestCaseData(payload, hex).SetArgDisplayNames(payload.Notation);
    }

    /// <summary>RFC 3748 section 4: requests and responses have a type, success and failure end before it.</summary>
    [Test]
    public void EapMethod_IsTheTypeOfARequestOrResponse()
    {
        Assert.That(new ExtensibleAuthenticationPayload(EapCode.Request, 7, new byte[] { 26, 9 }).Method, Is.EqualTo(26));
        Assert.That(new ExtensibleAuthenticationPayload(EapCode.Response, 7, new byte[] { 4 }).Method, Is.EqualTo(4));
        Assert.That(new ExtensibleAuthenticationPayload(EapCode.Response, 7, Octets.Empty).Method, Is.Null);
        Assert.That(new ExtensibleAuthenticationPayload(EapCode.Success, 7, new byte[] { 26 }).Method, Is.Null);
    }

    [Test]
    public void Chain_WrittenAlone_IsWhatTheMessageHolds()
    {
        RawPayload[] payloads = [new(PayloadType.Nonce, 0x80, new byte[] { 1, 2 }), new(PayloadType.VendorId, 0, new byte[] { 3 })];
        Assert.That(Convert.ToHexStringLower(IkeWriter.Chain(payloads)), Is.EqualTo("2b80000601020000000503"));
        var message = IkeWriter.Message(Corpus.Header, payloads);
        Assert.That(message[28..], Is.EqualTo(IkeWriter.Chain(payloads)));
        Assert.That((message[16], message[27]), Is.EqualTo(((byte)PayloadType.Nonce, (byte)message.Length)));
        message = IkeWriter.Message(Corpus.Header, payloads, claimedLength: 7, claimedNext: PayloadType.Delete);
        Assert.That((message[16], message[27]), Is.EqualTo(((byte)PayloadType.Delete, (byte)7)));
        Assert.That(Convert.ToHexStringLower(IkeWriter.Chain([new(PayloadType.Nonce, 0, new byte[] { 1 }, ClaimedLength: 9, ClaimedNext: PayloadType.Delete)])), Is.EqualTo("2a00000901"));
    }

    [Test]
    public void Message_FindsTheFirstOfAKind()
    {
        NotifyPayload cookie = new(NotifyType.Cookie, new byte[] { 1 }), another = new(NotifyType.Cookie, new byte[] { 2 }), rekey = new(NotifyType.RekeySa);
        var message = new IkeMessage(Corpus.Header, [rekey, cookie, another, new NoncePayload(new byte[16])]);
        Assert.That((message.Notify(NotifyType.Cookie), message.Notify(NotifyType.RekeySa), message.Notify(NotifyType.InvalidSyntax)), Is.EqualTo((cookie, rekey, (NotifyPayload?)null)));
        Assert.That((message.Find<NotifyPayload>(), message.Find<DeletePayload>()), Is.EqualTo((rekey, (DeletePayload?)null)));
    }

    [Test]
    public void OwnedAhAndWesp_ReadWhatTheirViewsRead()
    {
        byte[] ah = [50, 2, 0xAB, 0xCD, 0, 0, 0, 7, 0, 0, 0, 9, 1, 2, 3, 4, 5];
        Assert.That(AhPacket.TryParse(ah, out var packet, out _), Is.True);
        Assert.That(packet, Is.EqualTo(new AhPacket(50, 7, 9, ah[12..16], ah[16..]) { Reserved = 0xABCD }));
        Assert.That(AhPacket.TryParse(ah.AsSpan(..11), out _, out var error), Is.False);
        Assert.That(error.Field, Is.EqualTo("AH header"));
        Assert.That(WespPacket.TryParse(new byte[4], out _, out error), Is.False);
        Assert.That(error.Field, Is.EqualTo("WESP header"));
    }
}
