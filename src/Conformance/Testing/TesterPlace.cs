using System.Net.NetworkInformation;

namespace Conformance.Testing;

/// <summary>Where the tester is on the link, and the in-house stack when it stands in its place.</summary>
internal static class TesterPlace
{
    /// <summary>
    /// One for all that take the tester's IP address in turn: an implementation that initiates sends to the MAC address that it remembers from the scenario before.
    /// </summary>
    public static PhysicalAddress Mac { get; } = new([0x02, 0x1c, 0xf0, 0, 0, 0x10]);
}
