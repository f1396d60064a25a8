using Ipsec.Packets;

namespace Ipsec.Ike;

/// <summary>Which of two rekeyings of the same SA stays: the one with the lowest of the four nonces goes (RFC 7296 section 2.8.1).</summary>
internal static class Collision
{
    /// <summary>The lower one, compared octet by octet; where one is the beginning of the other, the shorter.</summary>
    public static Octets Lower(Octets left, Octets right) => left.Span.SequenceCompareTo(right.Span) < 0 ? left : right;

    /// <summary>Whether the rekeying with these nonces, of which <paramref name="own"/> is the lower, is the one to go.</summary>
    public static bool Loses(Octets own, Octets rival) => own.Span.SequenceCompareTo(rival.Span) < 0;
}
