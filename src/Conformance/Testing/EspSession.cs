using System.Buffers.Binary;
using System.Net;
using Conformance.Evidence;
using Conformance.Implementations;
using Ipsec.Crypto;
using Ipsec.Packets;
using Ipsec.Packets.Esp;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;

namespace Conformance.Testing;

/// <summary>
/// The tester's pair of child SAs: seals what the script says, with any sequence number, and opens whatever comes in without a window of its own.
/// Where the policy has AH, they are to be used as SAs keyed by hand: <see cref="Tester.Use"/>.
/// </summary>
public sealed class EspSession
{
    private readonly IkeSession _session;
    private readonly Topology _topology;
    private readonly RandomSource _random;
    private EspProtection? _own;
    private EspProtection? _peer;
    private ScriptedAssociation? _compressor;
    private ScriptedAssociation? _decompressor;
    private uint _peerTop;
    private uint _peerHigh;

    internal EspSession(IkeSession session, Topology topology, RandomSource random, uint inboundSpi)
    {
        _session = session;
        _topology = topology;
        _random = random;
        InboundSpi = inboundSpi;
        InboundCpi = (ushort)(256 + random.NextUInt32() % 61184);
    }

    public IkeSession Session => _session;

    public ProtocolId Protocol => _session.Policy.UsesAh ? ProtocolId.Ah : ProtocolId.Esp;

    public uint InboundSpi { get; }

    public Octets InboundSpiOctets
    {
        get
        {
            var octets = new byte[4];
            BinaryPrimitives.WriteUInt32BigEndian(octets, InboundSpi);
            return octets;
        }
    }

    /// <summary>The peer's inbound SPI, of what the tester sends.</summary>
    public uint OutboundSpi { get; private set; }

    /// <summary>Of the CREATE_CHILD_SA exchange that makes it; settable, so that a script may decide a collision.</summary>
    public Octets OwnNonce { get; set; }

    public Octets PeerNonce { get; internal set; }

    internal PrivateValue? PrivateValue { get; set; }

    /// <summary>The peer has chosen NONE: the keys come from the nonces alone.</summary>
    public void ForgetKeyExchange() => PrivateValue = null;

    public EspAlgorithms? Algorithms { get; private set; }

    /// <summary>Of AH SAs: what the tester sends with, and what it receives with. Null before they have keys, and of ESP.</summary>
    internal (ManualSecurityAssociation Own, ManualSecurityAssociation Peer)? Ah { get; private set; }

    /// <summary>Of the packet that the tester sent last.</summary>
    public ulong SequenceNumber { get; set; }

    public bool IsTunnel => _session.Policy.Mode == IpsecMode.Tunnel;

    public bool IsKeyed => _own is not null;

    /// <summary>The CPI that the tester receives with, should it agree on IPComp; 256 to 61439 (RFC 3173 section 3.3).</summary>
    public ushort InboundCpi { get; }

    /// <summary>What ESP held in the packet that was opened last.</summary>
    internal byte? NextHeader { get; private set; }

    /// <summary>From now on IPComp with DEFLATE is inside of the SAs (RFC 7296 section 2.22): what it shortens goes so, and what comes so is decompressed.</summary>
    /// <param name="outboundCpi">The peer's.</param>
    public void Compress(ushort outboundCpi)
    {
        _compressor = Compression(outboundCpi, _topology.Tester, _topology.Iut);
        _decompressor = Compression(InboundCpi, _topology.Iut, _topology.Tester);
    }

    /// <summary>Addresses of the traffic inside: inner addresses in a tunnel, the outer ones in transport mode.</summary>
    public IPAddress OwnAddress => IsTunnel ? _topology.TesterInner : _topology.Tester;
    public IPAddress PeerAddress => IsTunnel ? _topology.IutInner : _topology.Iut;

    /// <summary>An ESP packet around an IP packet (in transport mode around its payload), correctly sealed.</summary>
    /// <param name="sequenceNumber">Default: the next one.</param>
    public byte[] Seal(byte[] ipPacket, ulong? sequenceNumber = null)
    {
        var (payload, nextHeader) = Payload(ipPacket);
        var packet = new byte[Own.SealedLength(payload.Length)];
        Own.Seal(OutboundSpi, sequenceNumber ?? ++SequenceNumber, payload, nextHeader, packet);
        return packet;
    }

    /// <summary>As <see cref="Seal"/>, with a trailer of the script's making: right ICV, wrong padding.</summary>
    /// <param name="trailer">Makes padding, pad length and next header from the shortest pad length and the next header.</param>
    public byte[] SealWithTrailer(byte[] ipPacket, Func<int, byte, byte[]> trailer)
    {
        var (payload, nextHeader) = Payload(ipPacket);
        byte[] plaintext = [.. payload, .. trailer(Own.ShortestPadding(payload.Length), nextHeader)];
        var packet = new byte[plaintext.Length + 128];
        var length = Own.SealRaw(OutboundSpi, ++SequenceNumber, plaintext, packet);
        return packet[..length];
    }

    /// <summary>The IP packet inside; null if ICV or trailer are wrong.</summary>
    /// <param name="outer">The IP packet around it, whose header a transport mode packet takes over.</param>
    public byte[]? Open(IpView outer, ReadOnlySpan<byte> esp)
    {
        NextHeader = null;
        if (_peer is null || !EspView.TryParse(esp, out var view, out _))
            return null;
        // The scripts see few packets: the high half of an extended number moves on when the low half falls back by more than half its range.
        if (Algorithms!.ExtendedSequenceNumbers && view.SequenceNumber < _peerTop && _peerTop - view.SequenceNumber > 1u << 31)
            _peerHigh++;
        _peerTop = view.SequenceNumber;
        var plaintext = new byte[esp.Length];
        if (!_peer.TryOpen(esp, (ulong)_peerHigh << 32 | view.SequenceNumber, plaintext, out var length)
            || !EspTrailer.TryParse(plaintext.AsSpan(0, length), out var payloadLength, out var nextHeader))
            return null;
        NextHeader = nextHeader;
        var isCompressed = nextHeader == IpProtocol.IpComp;
        if (IsTunnel && !isCompressed)
            return nextHeader == InnerProtocol ? plaintext[..payloadLength] : null;
        var packet = Tester.IpPacket(outer.Source, outer.Destination, nextHeader, plaintext.AsSpan(0, payloadLength));
        return isCompressed ? _decompressor?.Open(packet)?.Packet : packet;
    }

    internal void SetKeys(EspAlgorithms algorithms, ChildKeys keys, uint outboundSpi, bool testerInitiated, Recorder recorder)
    {
        Algorithms = algorithms;
        OutboundSpi = outboundSpi;
        var (ownEncryption, ownIntegrity, peerEncryption, peerIntegrity) = testerInitiated
            ? (keys.InitiatorEncryption, keys.InitiatorIntegrity, keys.ResponderEncryption, keys.ResponderIntegrity)
            : (keys.ResponderEncryption, keys.ResponderIntegrity, keys.InitiatorEncryption, keys.InitiatorIntegrity);
        if (Protocol == ProtocolId.Ah)
        {
            Ah = (OfAh(OutboundSpi, ownIntegrity, _topology.Tester, _topology.Iut), OfAh(InboundSpi, peerIntegrity, _topology.Iut, _topology.Tester));
            return;
        }
        _own = new(algorithms, ownEncryption, ownIntegrity, _random);
        _peer = new(algorithms, peerEncryption, peerIntegrity, _random);
        recorder.Keys(KeyRecords.Of(_topology.Tester, _topology.Iut, outboundSpi, algorithms, ownEncryption, ownIntegrity));
        recorder.Keys(KeyRecords.Of(_topology.Iut, _topology.Tester, InboundSpi, algorithms, peerEncryption, peerIntegrity));
    }

    private ManualSecurityAssociation OfAh(uint spi, byte[] key, IPAddress source, IPAddress destination) => new()
    {
        Protocol = IpsecProtocol.Ah,
        Spi = spi,
        Mode = _session.Policy.Mode,
        Source = source,
        Destination = destination,
        Integrity = Algorithms!.Integrity!.Facts.Id,
        IntegrityKey = key,
        ExtendedSequenceNumbers = Algorithms.ExtendedSequenceNumbers,
    };

    private byte InnerProtocol => ((IpAddress)_topology.TesterInner).IsIpv6 ? IpProtocol.Ipv6 : IpProtocol.IpInIp;

    private EspProtection Own => _own ?? throw new InvalidOperationException("the child SA has no keys");

    private (byte[] Payload, byte NextHeader) Payload(byte[] ipPacket)
    {
        IpView.TryParse(ipPacket, out var view, out _);
        (byte[] Payload, byte NextHeader) plain = IsTunnel ? (ipPacket, InnerProtocol) : (view.Transport.ToArray(), view.Protocol);
        return _compressor is not null && IpView.TryParse(_compressor.Seal(ipPacket), out var compressed, out _)
            && compressed.Protocol == IpProtocol.IpComp && compressed.Transport.Length < plain.Payload.Length
                ? (compressed.Transport.ToArray(), IpProtocol.IpComp)
                : plain;
    }

    private ScriptedAssociation Compression(ushort cpi, IPAddress source, IPAddress destination) =>
        new(new() { Protocol = IpsecProtocol.IpComp, Spi = cpi, Mode = _session.Policy.Mode, Source = source, Destination = destination }, _random);
}
