namespace Ipsec.Dataplane;

/// <summary>ECN at a tunnel's exit (RFC 6040 section 4.2, figure 4).</summary>
internal static class Congestion
{
    private const byte NotEct = 0;
    private const byte Ect1 = 1;
    private const byte CongestionExperienced = 3;

    /// <summary>The forwarded packet's codepoint; false where the packet must be dropped.</summary>
    public static bool TryCombine(byte outer, byte inner, out byte combined)
    {
        combined = inner;
        if (outer == CongestionExperienced && inner == NotEct)
            return false;
        if (inner != NotEct && (outer == CongestionExperienced || outer == Ect1 && inner != CongestionExperienced))
            combined = outer;
        return true;
    }
}
