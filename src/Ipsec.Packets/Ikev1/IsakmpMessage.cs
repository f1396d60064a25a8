using System.Collections.Immutable;

namespace Ipsec.Packets.Ikev1;

/// <summary>
/// A whole IKEv1 message, owned and immutable: payloads in the clear, or the ciphertext that stands in their place when the header's E flag is set.
/// For every well-formed message, <c>Encode(TryParse(x)) == x</c>.
/// </summary>
public sealed record IsakmpMessage(IsakmpHeader Header, ImmutableArray<IsakmpPayload> Payloads)
{
    /// <summary>More payloads than this in one message are refused: work stays bounded.</summary>
    public const int MaximumPayloads = 256;

    /// <summary>What follows the header of an encrypted message; empty otherwise.</summary>
    public Octets Ciphertext { get; init; }

    /// <summary>What follows the last payload: some senders pad clear messages to a multiple of 4 octets, and decrypted ones end in padding.</summary>
    public Octets Padding { get; init; }

    /// <summary>Reads a message. The header's Length must be exactly the datagram's.</summary>
    public static bool TryParse(ReadOnlySpan<byte> octets, out IsakmpMessage message, out ParseError error)
    {
        message = Empty;
        if (!IsakmpHeader.TryParse(octets, out var header, out error))
            return false;
        if (header.Length != octets.Length)
        {
            error = new(24, "Length", $"{header.Length}, but the message has {octets.Length} octets");
            return false;
        }
        if (header.IsEncrypted)
        {
            message = new(header, []) { Ciphertext = new(octets[IsakmpHeader.Size..]) };
            return true;
        }
        if (!TryParseChain(header.NextPayload, octets[IsakmpHeader.Size..], IsakmpHeader.Size, out var payloads, out var padding, out error))
            return false;
        message = new(header, payloads) { Padding = padding };
        return true;
    }

    /// <summary>Reads a chain of payloads, such as a decrypted one.</summary>
    /// <param name="padding">What follows the last payload.</param>
    public static bool TryParseChain(
        IsakmpPayloadType first, ReadOnlySpan<byte> octets, int offset,
        out ImmutableArray<IsakmpPayload> payloads, out Octets padding, out ParseError error)
    {
        payloads = [];
        padding = Octets.Empty;
        var builder = ImmutableArray.CreateBuilder<IsakmpPayload>();
        var chain = new IsakmpPayloadChain(first, octets, offset);
        while (chain.MoveNext())
        {
            if (builder.Count == MaximumPayloads)
            {
                error = new(chain.Current.Offset, "Next Payload", $"more than {MaximumPayloads} payloads");
                return false;
            }
            if (!IsakmpPayload.TryParse(chain.Current, out var payload, out error))
                return false;
            builder.Add(payload);
        }
        error = chain.Error ?? default;
        if (chain.Error is not null)
            return false;
        payloads = builder.DrainToImmutable();
        padding = new(chain.Rest);
        return true;
    }

    /// <summary>The message as octets; the header's length, and of a clear message its next payload, are computed.</summary>
    public byte[] Encode() => Header.IsEncrypted
        ? IsakmpWriter.Encrypted(Header, Ciphertext.Span)
        : IsakmpWriter.Message(Header, [.. Payloads.Select(payload => payload.ToRaw())], Padding);

    /// <summary>The first payload of a kind, or null.</summary>
    public T? Find<T>() where T : IsakmpPayload => Payloads.OfType<T>().FirstOrDefault();

    /// <summary>One line in the RFC's notation: <c>Main Mode: SA VID VID</c>.</summary>
    public string Summary => $"{Header.ExchangeType.Notation()}{(Header.MessageId == 0 ? "" : $" {Header.MessageId:x8}")}: "
        + (Header.IsEncrypted ? "(encrypted)" : Payloads.Length == 0 ? "(empty)" : string.Join(' ', Payloads.Select(payload => payload.Notation)));

    private static IsakmpMessage Empty { get; } = new(default, []);
}
