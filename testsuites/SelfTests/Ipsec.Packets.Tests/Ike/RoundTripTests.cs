using System.Net;
using CsCheck;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Tests.Fuzzing;

namespace Ipsec.Packets.Tests.Ike;

public sealed class RoundTripTests
{
    private static readonly Gen<Octets> Data = Gen.Byte.Array[0, 64].Select(Octets.TakeOver);
    private static readonly Gen<uint> Reserved24 = Gen.UInt[0, 0xFFFFFF];

    private static readonly Gen<TransformAttribute> Attribute = Gen.Select(Gen.UShort[0, 0x7fff], Gen.Bool, Data, Gen.UShort)
        .Select((type, isShort, data, value) => new TransformAttribute(type, isShort, isShort ? new byte[] { (byte)(value >> 8), (byte)value } : data));

    private static readonly Gen<Transform> TransformOf = Gen.Select(Gen.Byte, Gen.UShort, Attribute.Array[0, 3], Gen.UShort)
        .Select((type, id, attributes, reserved) => new Transform((TransformType)type, id, [.. attributes]) { Reserved = reserved });

    private static readonly Gen<Proposal> ProposalOf = Gen.Select(Gen.Byte, Gen.Byte, Data, TransformOf.Array[0, 4], Gen.Byte)
        .Select((number, protocol, spi, transforms, reserved) => new Proposal(number, (ProtocolId)protocol, spi, [.. transforms]) { Reserved = reserved });

    private static readonly Gen<TrafficSelector> Selector = Gen.Select(Gen.Bool, Gen.Byte.Array[16], Gen.Byte.Array[16], Gen.Byte, Gen.UShort, Gen.UShort)
        .Select((v6, start, end, protocol, startPort, endPort) => v6
            ? new TrafficSelector(TrafficSelectorType.Ipv6AddrRange, protocol, startPort, endPort, new IPAddress(start), new IPAddress(end))
            : new TrafficSelector(TrafficSelectorType.Ipv4AddrRange, protocol, startPort, endPort, new IPAddress(start[..4]), new IPAddress(end[..4])));

    private static readonly Gen<Payload> PayloadOf = Gen.OneOf<Payload>(
        ProposalOf.Array[1, 4].Select(proposals => (Payload)new SecurityAssociationPayload([.. proposals])),
        Gen.Select(Gen.UShort, Data, Gen.UShort).Select((method, data, reserved) => (Payload)new KeyExchangePayload((KeyExchangeId)method, data) { Reserved = reserved }),
        Gen.Select(Gen.Int[35, 36], Gen.Byte, Data, Reserved24).Select((side, type, data, reserved) =>
            (Payload)new IdentificationPayload((PayloadType)side, (IdentificationType)type, data) { Reserved = reserved }),
        Gen.Select(Gen.Byte, Data).Select((encoding, data) => (Payload)new CertificatePayload((CertificateEncoding)encoding, data)),
        Gen.Select(Gen.Byte, Data, Reserved24).Select((method, data, reserved) => (Payload)new AuthenticationPayload((AuthenticationMethod)method, data) { Reserved = reserved }),
        Data.Select(data => (Payload)new NoncePayload(data)),
        Gen.Select(Gen.Byte, Data, Gen.UShort, Data).Select((protocol, spi, type, data) => (Payload)new NotifyPayload((ProtocolId)protocol, spi, (NotifyType)type, data)),
        Gen.UInt.Array[0, 5].Select(spis => (Payload)DeletePayload.Esp(spis)),
        Gen.Select(Selector.Array[0, 5], Reserved24).Select((selectors, reserved) =>
            (Payload)new TrafficSelectorPayload(PayloadType.TrafficSelectorResponder, [.. selectors]) { Reserved = reserved }),
        Gen.Select(Gen.Byte, Gen.Select(Gen.UShort[0, 0x7fff], Data, Gen.Bool).Array[0, 5], Reserved24).Select((type, attributes, reserved) =>
            (Payload)new ConfigurationPayload((ConfigurationType)type, [.. attributes.Select(attribute =>
                new ConfigurationAttribute((ConfigurationAttributeType)attribute.Item1, attribute.Item2) { Reserved = attribute.Item3 })]) { Reserved = reserved }),
        Gen.Select(Gen.Byte, Gen.Byte, Data).Select((code, identifier, data) => (Payload)new ExtensibleAuthenticationPayload((EapCode)code, identifier, data)),
        Gen.Select(Gen.Byte[1, 6], Data, Selector, TransformOf.Array[1, 3], Attribute.Array[0, 3], Gen.Byte).Select((protocol, spi, selector, transforms, attributes, reserved) =>
            (Payload)new GroupSecurityAssociationPayload([
                new GroupSaPolicy((ProtocolId)protocol, spi, selector, selector, [.. transforms], [.. attributes]), new GroupWidePolicy([.. attributes]) { Reserved = reserved }])),
        Gen.Select(Gen.Byte[1, 6], Data, Attribute.Array[0, 3], Gen.Byte).Select((protocol, spi, attributes, reserved) =>
            (Payload)new KeyDownloadPayload([new((ProtocolId)protocol, spi, [.. attributes]), new(ProtocolId.None, Octets.Empty, [.. attributes]) { Reserved = reserved }])),
        Gen.Select(Gen.Byte[60, 250], Data, Gen.Byte).Select((type, data, flags) => (Payload)new UnknownPayload((PayloadType)type, data) { Flags = flags }));

    [Test]
    public void Message_OfAnyPayloads_ParsesBackToTheSameOctets() =>
        Gen.Select(PayloadOf.Array[0, 6], Gen.ULong, Gen.ULong, Gen.UInt, Gen.Byte).Sample((payloads, spiI, spiR, id, flags) =>
        {
            var header = Corpus.Header with { InitiatorSpi = spiI, ResponderSpi = spiR, MessageId = id, Flags = (IkeFlags)flags };
            var octets = new IkeMessage(header, [.. payloads]).Encode();
            return IkeMessage.TryParse(octets, out var message, out _) && message.Payloads.Length == payloads.Length && octets.AsSpan().SequenceEqual(message.Encode());
        }, seed: "0N0XIzNsQ0O2", iter: 5000);

    [Test]
    public void Message_EveryPayloadOfTheCorpus_ComesBackAsTheSameRecord()
    {
        foreach (var payload in Corpus.IkePayloads.Concat(Corpus.IkeEncrypted))
        {
            Assert.That(IkeMessage.TryParse(new IkeMessage(Corpus.Header, [payload]).Encode(), out var message, out var error), () => $"{payload.Notation}: {error}");
            Assert.That(message.Payloads.Single().GetType(), Is.EqualTo(payload.GetType()));
            Assert.That(message.Payloads.Single().EncodeBody(), Is.EqualTo(payload.EncodeBody()));
        }
    }

    [Test]
    public void Message_AnyPrefixOfAWholeMessage_IsRefusedInsideItsOctets()
    {
        var octets = new IkeMessage(Corpus.Header, Corpus.IkePayloads).Encode();
        for (var length = 0; length < octets.Length; length++)
        {
            Assert.That(IkeMessage.TryParse(octets.AsSpan(0, length), out _, out var error), Is.False);
            Assert.That(error.Offset, Is.InRange(0, Math.Max(24, length)));
        }
    }
}
