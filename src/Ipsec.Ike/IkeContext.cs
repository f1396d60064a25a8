using System.Net;
using Ipsec.Crypto;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>What all IKE SAs of one endpoint share.</summary>
internal sealed class IkeContext(IkeOptions options, RandomSource random, IIkeMessageCodec codec)
{
    // Of the range that is negotiated half may be in use, so that a free one is soon found.
    private const int FirstCpi = 256, LastCpi = 61439, MaximumCpis = (LastCpi - FirstCpi) / 2;

    private readonly HashSet<uint> _childSpis = [];
    private readonly Dictionary<uint, ushort> _cpiOfSpi = [];
    private readonly HashSet<ushort> _cpis = [];
    private readonly Dictionary<ulong, IkeSa> _sas = [];

    public IkeOptions Options => options;

    public RandomSource Random => random;

    public IIkeMessageCodec Codec => codec;

    public List<IkeConnection> Connections { get; } = [];

    public Queue<IkeEffect> Effects { get; } = new();

    public AddressLeases Leases { get; } = new();

    /// <summary>What certificates are being looked up, by the id of <see cref="IkeEffect.LookUp"/>.</summary>
    public Dictionary<ulong, CertificateLookup> Lookups { get; } = [];

    public ulong LastLookup { get; set; }

    /// <summary>All IKE SAs by their SPI of this end.</summary>
    public IReadOnlyDictionary<ulong, IkeSa> Sas => _sas;

    public void Register(IkeSa sa) => _sas.Add(sa.LocalSpi, sa);

    public void Forget(ulong localSpi) => _sas.Remove(localSpi);

    public void Notice(IkeEvent notice) => Effects.Enqueue(new IkeEffect.Notice(notice));

    public void Violation(ProtocolViolation violation, IPEndPoint remote, string detail = "") =>
        Notice(new IkeEvent.Misbehaved(violation, remote, detail));

    /// <summary>A non-zero IKE SPI (RFC 7296 section 3.1).</summary>
    public ulong NewIkeSpi()
    {
        ulong spi;
        do
            spi = random.NextUInt64();
        while (spi == 0 || _sas.ContainsKey(spi));
        return spi;
    }

    /// <summary>From 0 to below 1.</summary>
    public double NextFraction() => random.NextUInt32() / (uint.MaxValue + 1.0);

    /// <summary>A fresh inbound SPI; 1 to 255 are reserved and 0 is for local use (RFC 4303 section 2.1).</summary>
    public uint NewChildSpi()
    {
        uint spi;
        do
            spi = random.NextUInt32();
        while (spi < 256 || !_childSpis.Add(spi));
        return spi;
    }

    /// <summary>
    /// The inbound CPI of the SA with this inbound SPI, made when first asked for and released with the SPI (RFC 7296 section 2.22: an IPComp association lives no
    /// longer than its SA). From 256 to 61439 (RFC 3173 section 3.3); null where too many are in use.
    /// </summary>
    public ushort? CpiFor(uint spi)
    {
        if (_cpiOfSpi.TryGetValue(spi, out var known))
            return known;
        if (_cpis.Count >= MaximumCpis)
            return null;
        ushort cpi;
        do
            cpi = (ushort)(FirstCpi + random.NextUInt32() % (LastCpi - FirstCpi + 1));
        while (!_cpis.Add(cpi));
        _cpiOfSpi.Add(spi, cpi);
        return cpi;
    }

    public void ReleaseChildSpi(uint spi)
    {
        _childSpis.Remove(spi);
        if (_cpiOfSpi.Remove(spi, out var cpi))
            _cpis.Remove(cpi);
    }

    /// <summary>A nonce of 32 octets: at least half the key length of every PRF here (RFC 7296 section 2.10).</summary>
    public Octets NewNonce() => Octets.TakeOver(random.Bytes(32));

    /// <summary>The first unknown payload type with the critical bit, if any (RFC 7296 section 2.5).</summary>
    public static PayloadType? UnsupportedCritical(IEnumerable<Payload> payloads) =>
        payloads.FirstOrDefault(payload => payload.IsCritical && !IsUnderstood(payload.Type))?.Type;

    /// <summary>Types that RFC 7296 defines; for them the critical bit is ignored (section 3.2).</summary>
    private static bool IsUnderstood(PayloadType type) => type is >= PayloadType.SecurityAssociation and <= PayloadType.ExtensibleAuthentication;
}
