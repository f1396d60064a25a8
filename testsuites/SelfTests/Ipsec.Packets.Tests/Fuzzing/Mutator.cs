namespace Ipsec.Packets.Tests.Fuzzing;

/// <summary>Changes octets as broken and hostile senders do: deterministic under its seed.</summary>
internal sealed class Mutator(ulong seed)
{
    private static readonly byte[] Telling = [0, 1, 2, 3, 4, 7, 8, 0x7f, 0x80, 0xfe, 0xff];
    private readonly Random _random = new((int)(seed ^ seed >> 32));

    public byte[] Mutate(byte[] sample, byte[] other)
    {
        var octets = (byte[])sample.Clone();
        for (var count = 1 + _random.Next(4); count > 0; count--)
            octets = Once(octets, other);
        // Messages say their own length: most mutants keep it true, so that they get past the first check.
        if (octets.Length >= 28 && _random.Next(4) > 0 && octets[17] is 0x10 or 0x20)
            (octets[24], octets[25], octets[26], octets[27]) = (0, 0, (byte)(octets.Length >> 8), (byte)octets.Length);
        return octets;
    }

    private byte[] Once(byte[] octets, byte[] other)
    {
        if (octets.Length == 0)
            return [(byte)_random.Next(256)];
        var at = _random.Next(octets.Length);
        switch (_random.Next(8))
        {
            case 0:
                octets[at] ^= (byte)(1 << _random.Next(8));
                return octets;
            case 1:
                octets[at] = (byte)_random.Next(256);
                return octets;
            case 2:
                octets[at] = Telling[_random.Next(Telling.Length)];
                return octets;
            case 3:
                return octets[..at];
            case 4:
                var inserted = new byte[1 + _random.Next(16)];
                _random.NextBytes(inserted);
                return [.. octets[..at], .. inserted, .. octets[at..]];
            case 5:
                return [.. octets[..at], .. octets[Math.Min(octets.Length, at + 1 + _random.Next(16))..]];
            case 6:
                return [.. octets[..at], .. other[_random.Next(other.Length)..]];
            default:
                // A piece twice: repeated payloads, proposals, headers.
                var end = at + _random.Next(octets.Length - at + 1);
                return [.. octets[..end], .. octets[at..]];
        }
    }
}
