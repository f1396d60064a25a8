using Ipsec.Crypto;

namespace Ipsec.Dataplane;

/// <summary>Which limit of its lifetime an SA has reached.</summary>
public enum LifetimeState
{
    Fresh,
    /// <summary>Should be replaced.</summary>
    Soft,
    /// <summary>Must not be used any more.</summary>
    Hard,
}

/// <summary>What both directions of an SA have in common. Disposing it zeroes its keys. Not thread-safe.</summary>
/// <param name="protection">An <see cref="IEspProtection"/>, an <see cref="IAhProtection"/> or <see cref="ICompression"/>, as the protocol asks.</param>
public abstract class SecurityAssociation(SecurityAssociationParameters parameters, IDisposable protection) : IDisposable
{
    private DateTimeOffset? _started;
    private LifetimeState _reported;

    public SecurityAssociationParameters Parameters { get; internal set; } = parameters;

    public long Packets { get; private set; }

    /// <summary>Of payload: what ESP, AH or IPComp protected, without their own headers.</summary>
    public long Octets { get; private set; }

    internal IEspProtection? Esp { get; } = protection as IEspProtection;

    internal IAhProtection? Ah { get; } = protection as IAhProtection;

    internal ICompression? Compression { get; } = protection as ICompression;

    internal void Count(int octets)
    {
        Packets++;
        Octets += octets;
    }

    /// <summary>The limit reached, counted from the first time that this was asked.</summary>
    public LifetimeState Lifetime(DateTimeOffset now)
    {
        var lifetime = Parameters.Lifetime;
        if (ReferenceEquals(lifetime, SecurityAssociationLifetime.Unlimited))
            return LifetimeState.Fresh;
        _started ??= now;
        var age = now - _started;
        if (Octets >= lifetime.HardOctets || Packets >= lifetime.HardPackets || age >= lifetime.Hard)
            return LifetimeState.Hard;
        return Octets >= lifetime.SoftOctets || Packets >= lifetime.SoftPackets || age >= lifetime.Soft ? LifetimeState.Soft : LifetimeState.Fresh;
    }

    /// <summary>True the first time that a limit is seen to be reached.</summary>
    internal bool IsNews(LifetimeState state)
    {
        if (state <= _reported)
            return false;
        _reported = state;
        return true;
    }

    public void Dispose() => protection.Dispose();
}

/// <summary>An SA for packets that this host sends.</summary>
public sealed class OutboundSecurityAssociation(SecurityAssociationParameters parameters, IDisposable protection) : SecurityAssociation(parameters, protection)
{
    /// <summary>Of the packet sent last; the first packet has 1 (RFC 4303 section 3.3.3).</summary>
    public ulong SequenceNumber { get; private set; } = parameters.FirstSequenceNumber - 1;

    /// <summary>False when the number space is used up: the SA must not send any more (RFC 4303 section 3.3.3).</summary>
    public bool TryNextSequenceNumber(out ulong number)
    {
        number = SequenceNumber + 1;
        if (SequenceNumber >= (Parameters.ExtendedSequenceNumbers ? ulong.MaxValue - 1 : uint.MaxValue))
            return false;
        SequenceNumber = number;
        return true;
    }
}

/// <summary>An SA for packets that this host receives.</summary>
/// <param name="window">Null without anti-replay service.</param>
public sealed class InboundSecurityAssociation(SecurityAssociationParameters parameters, IDisposable protection, IAntiReplayWindow? window)
    : SecurityAssociation(parameters, protection)
{
    public IAntiReplayWindow? Window { get; } = window;

    /// <summary>The bundle that it is part of, and its place there.</summary>
    internal InboundBundle Bundle { get; set; } = null!;

    internal int Position { get; set; }
}
