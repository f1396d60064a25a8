using System.Net;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Tests.Fuzzing;

namespace Ipsec.Packets.Tests.Ike;

/// <summary>The last length and number that is taken, and the first that is not.</summary>
public sealed class BoundTests
{
    [Test]
    public void Message_of256Payloads_isRead_andAnotherOneIsWhereItEnds()
    {
        var payloads = Enumerable.Repeat<Payload>(new NoncePayload(Octets.Empty), IkeMessage.MaximumPayloads).ToList();
        Assert.That(IkeMessage.TryParse(new IkeMessage(Corpus.Header, [.. payloads]).Encode(), out var message, out _), Is.True);
        Assert.That(message.Payloads, Has.Length.EqualTo(256));
        Assert.That(IkeMessage.TryParse(new IkeMessage(Corpus.Header, [.. payloads, payloads[0]]).Encode(), out message, out var error), Is.False);
        Assert.That((error.Offset, error.Field), Is.EqualTo((28 + 4 * 256, "Next Payload")));
        Assert.That(message.Payloads, Is.Empty);
    }

    [Test]
    public void Message_ofAnotherLengthThanItsHeaderSays_isRefused([Values(-1, 1)] int more)
    {
        var octets = IkeWriter.Message(Corpus.Header, [new(PayloadType.Nonce, 0, new byte[16])], claimedLength: (uint)(48 + more));
        Assert.That(IkeMessage.TryParse(octets, out _, out var error), Is.False);
        Assert.That((error.Offset, error.Field), Is.EqualTo((24, "Length")));
        Assert.That(IkeMessage.TryParse(octets.AsSpan(..27), out _, out error), Is.False);
        Assert.That((error.Offset, error.Field), Is.EqualTo((0, "IKE header")));
    }

    [Test]
    public void Header_fieldsStandWhereTheRfcPutsThem()
    {
        var octets = Convert.FromHexString("01020304050607081112131415161718" + "2e20252800000009000001c8");
        Assert.That(IkeHeader.TryParse(octets, out var header, out _), Is.True);
        Assert.That(header, Is.EqualTo(new IkeHeader
        {
            InitiatorSpi = 0x0102030405060708, ResponderSpi = 0x1112131415161718, NextPayload = PayloadType.Encrypted, MajorVersion = 2, MinorVersion = 0,
            ExchangeType = ExchangeType.Informational, Flags = IkeFlags.Initiator | IkeFlags.Response, MessageId = 9, Length = 456,
        }));
        Assert.That((header.IsResponse, header.IsFromInitiator), Is.EqualTo((true, true)));
        octets[17] = 0x3A;
        octets[19] = 0;
        Assert.That(IkeHeader.TryParse(octets, out header, out _), Is.True);
        Assert.That((header.MajorVersion, header.MinorVersion, header.IsResponse, header.IsFromInitiator), Is.EqualTo((3, 10, false, false)));
        var written = new byte[28];
        (header with { MinorVersion = 0x7A }).Write(written);
        Assert.That(written, Is.EqualTo(octets), "the minor version has four bits");
    }

    /// <summary>What stands before an encrypted payload counts, and the chain ends with it whatever its Next Payload says.</summary>
    [TestCase(PayloadType.Encrypted)]
    [TestCase(PayloadType.EncryptedFragment)]
    public void Chain_endsWithTheEncryptedPayload(PayloadType type)
    {
        byte[] nonce = [(byte)type, 0, 0, 6, 1, 2], encrypted = [(byte)PayloadType.Nonce, 0x80, 0, 8, 0, 1, 0, 1];
        var chain = new PayloadChain(PayloadType.Nonce, (byte[])[.. nonce, .. encrypted], 28);
        Assert.That(chain.MoveNext(), Is.True);
        Assert.That((chain.Current.Type, chain.Current.Offset, chain.Current.IsCritical), Is.EqualTo((PayloadType.Nonce, 28, false)));
        Assert.That(chain.MoveNext(), Is.True);
        Assert.That((chain.Current.Type, chain.Current.NextPayload, chain.Current.Offset, chain.Current.IsCritical), Is.EqualTo((type, PayloadType.Nonce, 34, true)));
        Assert.That(chain.Current.Body.ToArray(), Is.EqualTo(new byte[] { 0, 1, 0, 1 }));
        Assert.That((chain.MoveNext(), chain.Error), Is.EqualTo((false, (ParseError?)null)));
        chain = new(PayloadType.Nonce, (byte[])[.. nonce, .. encrypted, 0], 28);
        Assert.That(chain.MoveNext() && chain.MoveNext(), Is.True);
        Assert.That(chain.MoveNext(), Is.False);
        Assert.That((chain.Error!.Value.Offset, chain.Error.Value.Field), Is.EqualTo((42, "Next Payload")));
    }

    [TestCase("2900", 28, "generic payload header")]
    [TestCase("290000", 28, "generic payload header")]
    [TestCase("29000003", 30, "Payload Length")]
    [TestCase("29000005", 30, "Payload Length")]
    [TestCase("29000004", 32, "generic payload header")]
    public void Chain_cut_saysWhere(string hex, int offset, string field)
    {
        var chain = new PayloadChain(PayloadType.Nonce, Convert.FromHexString(hex), 28);
        while (chain.MoveNext())
            Assert.That(chain.Current.Offset, Is.EqualTo(28));
        Assert.That((chain.Error!.Value.Offset, chain.Error.Value.Field), Is.EqualTo((offset, field)));
        Assert.That(chain.MoveNext(), Is.False);
    }

    [Test]
    public void Proposals_upTo255_areRead()
    {
        var proposals = Enumerable.Range(0, 255).Select(number => new Proposal((byte)number, ProtocolId.Esp, Octets.Empty, [])).ToList();
        Assert.That(Parses([.. proposals], out _), Is.True);
        Assert.That(Parses([.. proposals, proposals[0]], out var error), Is.False);
        Assert.That((error.Offset, error.Field), Is.EqualTo((32 + 255 * 8, "Proposal Num")));

        static bool Parses(Proposal[] proposals, out ParseError error) =>
            IkeMessage.TryParse(new IkeMessage(Corpus.Header, [new SecurityAssociationPayload([.. proposals])]).Encode(), out _, out error);
    }

    /// <summary>A length that can't be is told where it stands, or where octets are missing for it.</summary>
    [TestCase(PayloadType.SecurityAssociation, "0000000701030000", 39, "Num Transforms", TestName = "a proposal shorter than its header")]
    [TestCase(PayloadType.SecurityAssociation, "0000000901030000", 36, "Proposal Length", TestName = "a proposal longer than the payload")]
    [TestCase(PayloadType.SecurityAssociation, "000000090103000000", 40, "Proposal Length", TestName = "an octet behind the last transform")]
    [TestCase(PayloadType.SecurityAssociation, "000000080103000000", 40, "Last Substruc", TestName = "an octet behind the last proposal")]
    [TestCase(PayloadType.SecurityAssociation, "0200000801030000", 40, "Last Substruc", TestName = "another proposal announced")]
    [TestCase(PayloadType.SecurityAssociation, "00000008010301 00", 40, "SPI", TestName = "an SPI that is not there")]
    [TestCase(PayloadType.SecurityAssociation, "0000001001030001 0200000801000002", 40, "Last Substruc", TestName = "a transform with a proposal's marker")]
    [TestCase(PayloadType.SecurityAssociation, "0000001001030001 0000000701000002", 46, "Transform ID", TestName = "a transform shorter than its header")]
    [TestCase(PayloadType.SecurityAssociation, "0000001001030001 0000000901000002", 44, "Transform Length", TestName = "a transform longer than its proposal")]
    [TestCase(PayloadType.SecurityAssociation, "0000001801030001 0300000801000002 0000000801000003", 56, "Num Transforms", TestName = "more transforms than counted")]
    [TestCase(PayloadType.SecurityAssociation, "0000001001030002 0000000801000002", 48, "Num Transforms", TestName = "fewer transforms than counted")]
    [TestCase(PayloadType.SecurityAssociation, "0000001301030001 0000000b01000002 800e01", 50, "Attribute Value", TestName = "a short attribute cut in its value")]
    [TestCase(PayloadType.SecurityAssociation, "0000001501030001 0000000d01000002 000e000201", 52, "Attribute Value", TestName = "a long attribute cut in its value")]
    [TestCase(PayloadType.SecurityAssociation, "0000001301030001 0000000b01000002 000e00", 50, "Attribute Length", TestName = "a long attribute cut in its length")]
    [TestCase(PayloadType.TrafficSelectorInitiator, "0200000007000010 0000ffff0a0000000a0000ff", 52, "TS Type", TestName = "fewer selectors than counted")]
    [TestCase(PayloadType.TrafficSelectorInitiator, "0000000007000010 0000ffff0a0000000a0000ff", 36, "Number of TSs", TestName = "more selectors than counted")]
    [TestCase(PayloadType.TrafficSelectorInitiator, "0100000007000028 0000ffff0a0000000a0000ff", 38, "Selector Length", TestName = "an IPv4 selector of an IPv6 one's length")]
    [TestCase(PayloadType.TrafficSelectorInitiator, "0100000008000010 0000ffff0a0000000a0000ff", 38, "Selector Length", TestName = "an IPv6 selector of an IPv4 one's length")]
    [TestCase(PayloadType.TrafficSelectorInitiator, "010000000a000003", 40, "Selector Length", TestName = "a selector without addresses, shorter than its header")]
    [TestCase(PayloadType.TrafficSelectorInitiator, "010000000a000005", 40, "Selector Length", TestName = "a selector without addresses, longer than there is")]
    [TestCase(PayloadType.Delete, "030400010000000100", 34, "Num of SPIs", TestName = "an octet behind the last SPI")]
    [TestCase(PayloadType.Delete, "0304000100000001 00000002", 34, "Num of SPIs", TestName = "more SPIs than counted")]
    [TestCase(PayloadType.ExtensibleAuthentication, "0101000301", 34, "Length", TestName = "an EAP message shorter than its header")]
    [TestCase(PayloadType.ExtensibleAuthentication, "010100050100", 34, "Length", TestName = "an EAP message shorter than its payload")]
    public void Parse_wrongCountOrLength_saysOffsetAndField(PayloadType type, string body, int offset, string field)
    {
        var octets = IkeWriter.Message(Corpus.Header, [new(type, 0, Octets.FromHex(body.Replace(" ", "")))]);
        Assert.That(IkeMessage.TryParse(octets, out _, out var error), Is.False);
        Assert.That((error.Offset, error.Field), Is.EqualTo((offset, field)), error.ToString());
    }

    [TestCase(16383, true)]
    [TestCase(16384, false)]
    public void Notification_below16384_isAnError(int type, bool isError) => Assert.That(new NotifyPayload((NotifyType)type).IsError, Is.EqualTo(isError));

    [TestCase(20, false)]
    [TestCase(21, true)]
    [TestCase(20 + 2048, true)]
    [TestCase(20 + 2049, false)]
    public void HashAndUrl_hasAHashAndAtMost2048Characters(int length, bool read)
    {
        byte[] data = [.. Enumerable.Range(0, 20).Select(index => (byte)index), .. Enumerable.Repeat((byte)'u', length - 20)];
        Assert.That(HashAndUrl.TryParse(data, out var value), Is.EqualTo(read));
        if (read)
            Assert.That((value!.Hash, value.Url.Length, value.Encode()), Is.EqualTo((new Octets(data.AsSpan(..20)), length - 20, data)));
    }

    [TestCase(0x20, false)]
    [TestCase(0x21, true)]
    [TestCase(0x7E, true)]
    [TestCase(0x7F, false)]
    public void HashAndUrl_isPrintable(byte last, bool read) => Assert.That(HashAndUrl.TryParse((byte[])[.. new byte[20], (byte)'h', last], out _), Is.EqualTo(read));

    [Test]
    public void CertificateBundle_itemsComeBackInOrder_upToTheMaximum()
    {
        byte[] first = [0x30, 1, 7], second = [0x30, 0], list = [0x30, 2, 5, 0];
        var bundle = CertificateBundle.Write([first, second], [list]);
        Assert.That(CertificateBundle.TryParse(bundle, 3, out var items), Is.True);
        Assert.That(items, Is.EqualTo(new CertificatePayload[]
        {
            new(CertificateEncoding.X509CertificateSignature, first), new(CertificateEncoding.X509CertificateSignature, second),
            new(CertificateEncoding.CertificateRevocationList, list),
        }));
        Assert.That(CertificateBundle.TryParse(bundle, 2, out items), Is.False);
        Assert.That(items, Is.Empty);
        Assert.That(CertificateBundle.TryParse([.. bundle, 0], 3, out _), Is.False, "octets behind it");
        Assert.That(CertificateBundle.TryParse([0x30, 6, 0xA0, 4, 0x30, 0, 0x30, 0], 3, out _), Is.False, "two certificates in one item");
        Assert.That(CertificateBundle.TryParse([0x30, 4, 0xA2, 2, 0x30, 0], 3, out _), Is.False, "neither certificate nor list");
        Assert.That(CertificateBundle.TryParse([0x30, 3], 3, out _), Is.False, "cut");
    }

    [TestCase(7, false)]
    [TestCase(8, true)]
    public void WrappedKey_hasTwoIdentifiers(int length, bool read)
    {
        byte[] value = [0, 0, 0, 1, 0, 0, 0, 2];
        Assert.That(WrappedKey.TryParse(value.AsSpan(..length), out var key), Is.EqualTo(read));
        Assert.That(key, Is.EqualTo(read ? new WrappedKey(1, 2, Octets.Empty) : default));
    }

    [TestCase("616263", null)]
    [TestCase("61626364", "\"abcd\"")]
    [TestCase("2061627e", "\" ab~\"")]
    [TestCase("1f616263", null)]
    [TestCase("6162637f", null)]
    [TestCase("afcad71368a1f1c96b8696fc77570100", "dead peer detection (RFC 3706)")]
    [TestCase("afcad71368a1f1c96b8696fc77", null)]
    public void VendorId_isNamedByItsBeginningOrAsText(string hex, string? name) => Assert.That(KnownVendorIds.Name(Convert.FromHexString(hex)), Is.EqualTo(name));

    [Test]
    public void VendorId_ofText_isNamedUpTo256Octets()
    {
        Assert.That(KnownVendorIds.Name(Enumerable.Repeat((byte)'a', 256).ToArray()), Is.Not.Null);
        Assert.That(KnownVendorIds.Name(Enumerable.Repeat((byte)'a', 257).ToArray()), Is.Null);
    }

    [TestCase("10.1.0.0/24", "10.1.0.0", "10.1.0.255")]
    [TestCase("10.1.0.4/31", "10.1.0.4", "10.1.0.5")]
    [TestCase("10.1.0.4/32", "10.1.0.4", "10.1.0.4")]
    [TestCase("0.0.0.0/0", "0.0.0.0", "255.255.255.255")]
    [TestCase("2001:db8::/126", "2001:db8::", "2001:db8::3")]
    public void Selector_ofASubnet_reachesFromItsFirstToItsLastAddress(string subnet, string first, string last)
    {
        var selector = TrafficSelector.Subnet(IPNetwork.Parse(subnet));
        Assert.That((selector.StartAddress, selector.EndAddress), Is.EqualTo((IPAddress.Parse(first), IPAddress.Parse(last))));
        Assert.That((selector.Type, selector.IpProtocol, selector.StartPort, selector.EndPort), Is.EqualTo((
            first.Contains(':') ? TrafficSelectorType.Ipv6AddrRange : TrafficSelectorType.Ipv4AddrRange, (byte)0, (ushort)0, (ushort)65535)));
    }
}
