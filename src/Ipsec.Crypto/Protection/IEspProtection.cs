namespace Ipsec.Crypto;

/// <summary>Seals and opens the packets of one ESP SA: what the data plane sees of <see cref="EspProtection"/>, and the seam for decorating it.</summary>
public interface IEspProtection : IDisposable
{
    /// <summary>Where a packet's payload starts, in octets: after SPI, sequence number and IV.</summary>
    int PayloadOffset { get; }

    /// <summary>Octets of ICV at a packet's end.</summary>
    int IcvLength { get; }

    /// <summary>What payload, padding, pad length and next header together are a multiple of, octets.</summary>
    int Alignment { get; }

    /// <summary>Writes a packet with the shortest padding in its default form; returns its length in octets.</summary>
    /// <param name="sequenceNumber">64 bits; without ESN the high 32 are not used.</param>
    /// <param name="payload">May stand in <paramref name="packet"/> already, at <see cref="PayloadOffset"/>.</param>
    int Seal(uint spi, ulong sequenceNumber, ReadOnlySpan<byte> payload, byte nextHeader, Span<byte> packet);

    /// <summary>Checks the ICV, then decrypts into <paramref name="plaintext"/> (at least as long as the packet): payload, padding, pad length, next header.</summary>
    /// <param name="sequenceNumber">The full number that the packet is taken to have.</param>
    /// <param name="length">Octets of plaintext.</param>
    bool TryOpen(ReadOnlySpan<byte> packet, ulong sequenceNumber, Span<byte> plaintext, out int length);
}
