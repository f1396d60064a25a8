using System.Collections.Immutable;

namespace Ipsec.Packets.Ike;

/// <summary>What became of one opened fragment of an IKEv2 message.</summary>
public enum IkeFragmentOutcome
{
    /// <summary>Kept; other fragments are still missing.</summary>
    Incomplete,

    /// <summary>The message is whole.</summary>
    Complete,

    /// <summary>A fragment of this number is held already: ignored (RFC 7383 section 2.6).</summary>
    Duplicate,

    /// <summary>
    /// Number 0 or above the total, total 0 or below what was announced before, a first payload named elsewhere than in the first fragment: ignored.
    /// </summary>
    Inconsistent,

    /// <summary>A limit was reached: dropped.</summary>
    OverLimit,
}

/// <summary>Which message a fragment belongs to.</summary>
/// <param name="FromInitiator">The header's I flag, which with <paramref name="IsResponse"/> tells the direction.</param>
public readonly record struct IkeFragmentKey(ulong InitiatorSpi, ulong ResponderSpi, uint MessageId, bool FromInitiator, bool IsResponse)
{
    public static IkeFragmentKey Of(IkeHeader header) =>
        new(header.InitiatorSpi, header.ResponderSpi, header.MessageId, header.IsFromInitiator, header.IsResponse);
}

/// <summary>What the reassembler may hold.</summary>
/// <param name="Messages">Messages under way; the oldest makes room for a new one.</param>
/// <param name="Octets">Plaintext octets held, over all messages.</param>
/// <param name="Fragments">Fragments of one message.</param>
public sealed record IkeFragmentLimits(int Messages, int Octets, int Fragments)
{
    public static readonly IkeFragmentLimits Default = new(64, 1 << 20, 512);
}

/// <summary>
/// Puts the plaintexts of encrypted fragments together (RFC 7383 section 2.6). Only fragments whose ICV was right belong here. A larger total than
/// before means that the peer probes for a smaller size: what is held is dropped and the new series counts. Bounded. Not thread-safe.
/// </summary>
public sealed class IkeFragmentReassembler(IkeFragmentLimits? limits = null)
{
    private readonly IkeFragmentLimits _limits = limits ?? IkeFragmentLimits.Default;
    private readonly Dictionary<IkeFragmentKey, Series> _messages = [];
    private long _sequence;

    /// <summary>Messages under way.</summary>
    public int Count => _messages.Count;

    /// <summary>Plaintext octets held.</summary>
    public int HeldOctets { get; private set; }

    /// <summary>Takes one opened fragment.</summary>
    /// <param name="plaintext">Without padding.</param>
    /// <param name="firstInner">Of the whole message when the outcome is <see cref="IkeFragmentOutcome.Complete"/>.</param>
    /// <param name="whole">The chain of payloads when complete, else empty.</param>
    public IkeFragmentOutcome Add(
        IkeFragmentKey key, EncryptedFragmentPayload fragment, ReadOnlySpan<byte> plaintext, out PayloadType firstInner, out ImmutableArray<byte> whole)
    {
        firstInner = PayloadType.None;
        whole = [];
        if (fragment.Number == 0 || fragment.Number > fragment.Total || (fragment.Number != 1 && fragment.FirstInner != PayloadType.None))
            return IkeFragmentOutcome.Inconsistent;
        if (fragment.Total > _limits.Fragments)
            return IkeFragmentOutcome.OverLimit;
        if (_messages.TryGetValue(key, out var series) && fragment.Total != series.Total)
        {
            if (fragment.Total < series.Total)
                return IkeFragmentOutcome.Inconsistent;
            Remove(key);
            series = null;
        }
        if (series?.Parts[fragment.Number - 1] is not null)
            return IkeFragmentOutcome.Duplicate;
        if (HeldOctets + plaintext.Length > _limits.Octets || (series?.Octets ?? 0) + plaintext.Length > IkeHeader.MaximumMessageLength)
            return IkeFragmentOutcome.OverLimit;
        if (series is null)
        {
            if (_messages.Count >= _limits.Messages)
                Remove(_messages.MinBy(pair => pair.Value.Age).Key);
            _messages.Add(key, series = new(fragment.Total, _sequence++));
        }
        series.Parts[fragment.Number - 1] = plaintext.ToArray();
        series.Octets += plaintext.Length;
        HeldOctets += plaintext.Length;
        if (fragment.Number == 1)
            series.FirstInner = fragment.FirstInner;
        if (++series.Held < series.Total)
            return IkeFragmentOutcome.Incomplete;
        firstInner = series.FirstInner;
        whole = [.. series.Parts.SelectMany(part => part!)];
        Remove(key);
        return IkeFragmentOutcome.Complete;
    }

    /// <summary>Forgets a message: its time is over, or its SA is gone.</summary>
    public void Remove(IkeFragmentKey key)
    {
        if (_messages.Remove(key, out var series))
            HeldOctets -= series.Octets;
    }

    private sealed class Series(int total, long age)
    {
        public int Total => total;

        public long Age => age;

        public byte[]?[] Parts { get; } = new byte[]?[total];

        public int Held { get; set; }

        public int Octets { get; set; }

        public PayloadType FirstInner { get; set; }
    }
}
