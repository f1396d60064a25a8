namespace Ipsec.Crypto;

/// <summary>Authenticates the packets of one AH SA: what the data plane sees of <see cref="AhProtection"/>, and the seam for decorating it.</summary>
public interface IAhProtection : IDisposable
{
    /// <summary>Octets of the whole header with the least padding that its alignment asks for (RFC 4302 section 2.6): to 4 octets, with IPv6 to 8.</summary>
    int HeaderLength(bool ipv6);

    /// <summary>Fills in the header at <paramref name="ahOffset"/>, whose room is there, and its ICV over the whole packet. The IP length field is final already.</summary>
    /// <param name="packet">From its IP header on, exactly as long as it is sent.</param>
    /// <param name="sequenceNumber">64 bits; without ESN the high 32 are not used.</param>
    /// <returns>False if the headers before it hold what AH can't protect: an unknown extension header, a malformed option.</returns>
    bool TrySeal(Span<byte> packet, int ahOffset, byte nextHeader, uint spi, ulong sequenceNumber);

    /// <summary>Whether the ICV of the AH at <paramref name="ahOffset"/> is right; compares in constant time. False for any malformed header too.</summary>
    /// <param name="sequenceNumber">The full number that the packet is taken to have; only its high half is used, and only with ESN.</param>
    bool Verify(ReadOnlySpan<byte> packet, int ahOffset, ulong sequenceNumber);
}
