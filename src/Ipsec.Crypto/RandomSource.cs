using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Ipsec.Crypto;

/// <summary>Where SPIs, nonces, IVs and private values come from. Injected, so that a seed replays a run octet by octet.</summary>
public abstract class RandomSource
{
    /// <summary>The operating system's generator. Thread-safe.</summary>
    public static RandomSource System { get; } = new SystemSource();

    /// <summary>A reproducible stream for tests and simulations; never for real keys. Not thread-safe.</summary>
    public static RandomSource Seeded(ulong seed) => new SeededSource(seed);

    public abstract void Fill(Span<byte> target);

    public byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        Fill(bytes);
        return bytes;
    }

    public ulong NextUInt64()
    {
        Span<byte> octets = stackalloc byte[8];
        Fill(octets);
        return BinaryPrimitives.ReadUInt64BigEndian(octets);
    }

    public uint NextUInt32() => (uint)NextUInt64();

    private sealed class SystemSource : RandomSource
    {
        public override void Fill(Span<byte> target) => RandomNumberGenerator.Fill(target);
    }

    /// <summary>SHA-256 over seed and counter.</summary>
    private sealed class SeededSource(ulong seed) : RandomSource
    {
        private readonly byte[] _block = new byte[SHA256.HashSizeInBytes];
        private ulong _counter;
        private int _used = SHA256.HashSizeInBytes;

        public override void Fill(Span<byte> target)
        {
            Span<byte> input = stackalloc byte[16];
            while (!target.IsEmpty)
            {
                if (_used == _block.Length)
                {
                    BinaryPrimitives.WriteUInt64BigEndian(input, seed);
                    BinaryPrimitives.WriteUInt64BigEndian(input[8..], _counter++);
                    SHA256.HashData(input, _block);
                    _used = 0;
                }
                var count = Math.Min(target.Length, _block.Length - _used);
                _block.AsSpan(_used, count).CopyTo(target);
                _used += count;
                target = target[count..];
            }
        }
    }
}
