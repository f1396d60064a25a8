using System.Collections.Immutable;
using System.Net;
using Ipsec.Crypto;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>The inside of an authentic message.</summary>
/// <param name="First">Type of the first payload.</param>
/// <param name="Offset">Where in the message the inside stands, for errors; 0 of one that came in fragments.</param>
internal readonly record struct OpenedMessage(PayloadType First, byte[] Inner, int Offset);

/// <summary>Protects and opens the messages of one IKE SA, whole or in fragments (RFC 7296 section 3.14, RFC 7383).</summary>
internal sealed class ProtectedMessages(IkeContext context, IkeProtection outbound, IkeProtection inbound) : IDisposable
{
    // As many messages at once as any window needs; a peer that is authenticated or not can't make it hold more.
    private readonly IkeFragmentReassembler _fragments = new(new(Messages: 4, Octets: 1 << 17, Fragments: 256));
    private readonly Dictionary<IkeFragmentKey, DateTimeOffset> _begun = [];

    /// <summary>Both ends have said that they take fragments.</summary>
    public bool AllowsFragments { get; init; }

    /// <summary>The datagrams of a message: one, unless it is too long and the peer takes fragments.</summary>
    /// <param name="size">Octets that one may have.</param>
    public byte[][] Write(IkeMessage message, int size) => AllowsFragments && IkeFragmentation.Length(message, outbound) > size
        ? context.Codec.WriteFragments(message, outbound, size)
        : [context.Codec.WriteProtected(message, outbound)];

    /// <summary>Whether the datagram is a fragment of a message.</summary>
    public static bool IsFragment(IkeHeader header) => header.NextPayload == PayloadType.EncryptedFragment;

    /// <summary>Opens a message, or takes one fragment: true when the message is whole.</summary>
    public bool TryOpen(DateTimeOffset now, IkeHeader header, ReadOnlySpan<byte> octets, IPEndPoint remote, out OpenedMessage opened)
    {
        opened = default;
        if (IsFragment(header))
            return AllowsFragments && TryOpenFragment(now, header, octets, remote, out opened);
        if (!inbound.TryOpen(octets, out var inner, out var first, out var offset, out var failure))
        {
            context.Violation(ProtocolViolation.IntegrityCheckFailed, remote, failure.ToString());
            return false;
        }
        opened = new(first, inner, offset);
        return true;
    }

    /// <summary>Whether this is the first fragment of a message, and authentic: one of a request that has been answered asks for the answer (RFC 7383 section 2.6.1).</summary>
    public bool IsFirstFragment(IkeHeader header, ReadOnlySpan<byte> octets) =>
        AllowsFragments && IsFragment(header) && inbound.TryOpenFragment(octets, out var fragment, out _, out _) && fragment.Number == 1;

    public void Dispose()
    {
        inbound.Dispose();
        outbound.Dispose();
    }

    private bool TryOpenFragment(DateTimeOffset now, IkeHeader header, ReadOnlySpan<byte> octets, IPEndPoint remote, out OpenedMessage opened)
    {
        opened = default;
        if (!inbound.TryOpenFragment(octets, out var fragment, out var part, out var failure))
        {
            context.Violation(ProtocolViolation.IntegrityCheckFailed, remote, failure.ToString());
            return false;
        }
        var key = IkeFragmentKey.Of(header);
        ForgetOld(now);
        _begun.TryAdd(key, now);
        var outcome = _fragments.Add(key, fragment, part, out var first, out ImmutableArray<byte> whole);
        if (outcome is IkeFragmentOutcome.Inconsistent or IkeFragmentOutcome.OverLimit)
            context.Violation(ProtocolViolation.BadFragment, remote, $"{fragment.Number} of {fragment.Total}: {outcome}");
        if (outcome != IkeFragmentOutcome.Complete)
            return false;
        _begun.Remove(key);
        opened = new(first, [.. whole], 0);
        return true;
    }

    /// <summary>What did not get whole in time is dropped (RFC 7383 section 2.6).</summary>
    private void ForgetOld(DateTimeOffset now)
    {
        foreach (var (key, begun) in _begun)
        {
            if (now - begun < context.Options.FragmentLifetime)
                continue;
            _begun.Remove(key);
            _fragments.Remove(key);
        }
    }
}
