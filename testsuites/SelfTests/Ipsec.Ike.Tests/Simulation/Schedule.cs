using System.Collections.Immutable;
using System.Globalization;

namespace Ipsec.Ike.Tests.Simulation;

/// <summary>What one end is made to do.</summary>
internal enum Deed
{
    Connect,
    CreateChild,
    /// <summary>As if a packet wanted an SA.</summary>
    Want,
    RekeyChildren,
    RekeyOneChild,
    RekeyIke,
    DeleteChildren,
    DeleteOneChild,
    Disconnect,
    Reauthenticate,
    CheckLiveness,
    /// <summary>All that the end knows is lost.</summary>
    Restart,
}

/// <param name="Choice">Which child or packet, where the deed is about one.</param>
internal readonly record struct Step(TimeSpan At, bool IsLeft, Deed Deed, int Choice)
{
    /// <summary>What the end is told; null for <see cref="Deed.Restart"/>, and where there is nothing that it could be about.</summary>
    /// <param name="children">SPIs that the end receives with.</param>
    /// <param name="policy">The end's; null where no packet is known.</param>
    public IkeCommand? Command(uint[] children, TrafficPolicy? policy)
    {
        uint? one = children.Length > 0 ? children[Choice % children.Length] : null;
        return Deed switch
        {
            Deed.Connect => new IkeCommand.Connect("c"),
            Deed.CreateChild => new IkeCommand.CreateChild("c"),
            Deed.Want when policy is not null => new IkeCommand.CreateChild("c") { Packet = policy.Packet(Choice) },
            Deed.RekeyChildren => new IkeCommand.RekeyChild("c"),
            Deed.RekeyOneChild when one is not null => new IkeCommand.RekeyChild("c", one),
            Deed.RekeyIke => new IkeCommand.RekeyIke("c"),
            Deed.DeleteChildren => new IkeCommand.DeleteChildren("c"),
            Deed.DeleteOneChild when one is not null => new IkeCommand.DeleteChildren("c", one),
            Deed.Disconnect => new IkeCommand.Disconnect("c"),
            Deed.Reauthenticate => new IkeCommand.Reauthenticate("c"),
            Deed.CheckLiveness => new IkeCommand.CheckLiveness("c"),
            _ => null,
        };
    }

    public override string ToString() =>
        $"{At.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture)} {(IsLeft ? "left" : "right")} {Deed}{(Deed is Deed.RekeyOneChild or Deed.DeleteOneChild or Deed.Want ? $" {Choice}" : "")}";
}

/// <summary>What the pipe does to a datagram, by chance. Probabilities from 0 to 1.</summary>
internal sealed record PipeFaults(double Loss, double Duplication, TimeSpan Delay, TimeSpan Jitter);

/// <summary>A run as data: what the ends are like, what the pipe does, and what happens when.</summary>
internal sealed record Schedule(ulong Seed, IkeOptions Options, bool HasKeyExchange, PipeFaults Faults, ImmutableArray<Step> Steps)
{
    /// <summary>Whether each end gives the other an address, and asks for one.</summary>
    public bool HasConfiguration { get; init; }

    /// <summary>Whether each end has IPComp.</summary>
    public (bool Left, bool Right) HasCompression { get; init; }

    /// <summary>What the ends want protected; null for all between the two.</summary>
    public (TrafficPolicy Left, TrafficPolicy Right)? Traffic { get; init; }

    private static readonly (Deed Deed, int Weight)[] Deeds =
    [
        (Deed.Connect, 3), (Deed.CreateChild, 4), (Deed.Want, 4), (Deed.RekeyChildren, 6), (Deed.RekeyOneChild, 3), (Deed.RekeyIke, 6), (Deed.DeleteChildren, 1),
        (Deed.DeleteOneChild, 3), (Deed.Disconnect, 1), (Deed.Reauthenticate, 1), (Deed.CheckLiveness, 2), (Deed.Restart, 1),
    ];

    /// <summary>After this the pipe is good.</summary>
    public TimeSpan End => (Steps.IsEmpty ? TimeSpan.Zero : Steps[^1].At) + TimeSpan.FromSeconds(5);

    public static Schedule FromSeed(ulong seed)
    {
        var random = new Random(unchecked((int)(seed * 2654435761)));
        var hasLifetimes = random.Next(4) == 0;
        var options = new IkeOptions
        {
            LivenessInterval = TimeSpan.FromSeconds(20),
            WindowSize = random.Next(3) == 0 ? 4 : 1,
            ChildSoftLifetime = hasLifetimes ? TimeSpan.FromSeconds(40) : null,
            ChildHardLifetime = hasLifetimes ? TimeSpan.FromSeconds(120) : null,
            IkeSoftLifetime = hasLifetimes ? TimeSpan.FromSeconds(90) : null,
            IkeHardLifetime = hasLifetimes ? TimeSpan.FromSeconds(250) : null,
            AuthenticationLifetime = random.Next(8) == 0 ? TimeSpan.FromSeconds(200) : null,
            SendsInitialContact = random.Next(2) == 0,
            FragmentSize = random.Next(4) == 0 ? 200 : 1228,
        };
        var isClean = random.Next(4) == 0;
        var faults = new PipeFaults(
            isClean ? 0 : random.NextDouble() * 0.4, isClean ? 0 : random.NextDouble() * 0.3,
            TimeSpan.FromMilliseconds(random.Next(1, 200)), TimeSpan.FromMilliseconds(isClean ? 1 : random.Next(1, 1500)));
        var steps = new List<Step> { new(TimeSpan.Zero, random.Next(2) == 0, Deed.Connect, 0) };
        var at = TimeSpan.FromSeconds(1);
        for (var burst = random.Next(2, 10); burst > 0; burst--)
        {
            // Both ends at once, so that exchanges meet; sometimes with room between.
            at += TimeSpan.FromMilliseconds(random.Next(3) == 0 ? random.Next(20_000) : random.Next(1_500));
            for (var count = random.Next(1, 5); count > 0; count--)
                steps.Add(new(at + TimeSpan.FromMilliseconds(random.Next(200)), random.Next(2) == 0, Pick(random), random.Next(8)));
        }
        var (hasKeyExchange, isByConfiguration) = (random.Next(3) == 0, random.Next(3) == 0);
        return new(seed, options, hasKeyExchange, faults, [.. steps.OrderBy(step => step.At)])
        {
            HasConfiguration = isByConfiguration,
            HasCompression = (random.Next(2) == 0, random.Next(2) == 0),
            Traffic = isByConfiguration || random.Next(4) == 0 ? null : TrafficPolicy.Pair(random),
        };
    }

    public override string ToString() =>
        $"seed {Seed}, window {Options.WindowSize}, lifetimes {Options.ChildSoftLifetime is not null}, AUTH_LIFETIME {Options.AuthenticationLifetime is not null}, "
        + $"INITIAL_CONTACT {Options.SendsInitialContact}, PFS {HasKeyExchange}, CP {HasConfiguration}, IPComp {HasCompression}, fragments {Options.FragmentSize}, {Faults}\n  "
        + $"{(Traffic is var (left, right) ? $"left {left}\n  right {right}\n  " : "")}{string.Join("\n  ", Steps)}";

    private static Deed Pick(Random random)
    {
        var choice = random.Next(Deeds.Sum(entry => entry.Weight));
        foreach (var (deed, weight) in Deeds)
        {
            if (choice < weight)
                return deed;
            choice -= weight;
        }
        return Deed.Connect;
    }
}
