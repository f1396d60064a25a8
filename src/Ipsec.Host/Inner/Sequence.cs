namespace Ipsec.Host.Inner;

/// <summary>TCP sequence numbers: comparison modulo 2^32 (RFC 9293, 3.4).</summary>
internal static class Sequence
{
    public static bool Before(uint one, uint other) => (int)(one - other) < 0;

    public static bool AtOrBefore(uint one, uint other) => (int)(one - other) <= 0;

    public static uint Later(uint one, uint other) => Before(one, other) ? other : one;
}
