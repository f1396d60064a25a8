using System.Collections.Immutable;

namespace Ipsec.Packets.Ike;

/// <summary>A whole IKEv2 message, owned and immutable. For every well-formed message, <c>Encode(TryParse(x)) == x</c>.</summary>
public sealed record IkeMessage(IkeHeader Header, ImmutableArray<Payload> Payloads)
{
    /// <summary>More payloads than this in one message are refused: no RFC needs them, and work stays bounded.</summary>
    public const int MaximumPayloads = 256;

    /// <summary>
    /// Reads a message. The header's Length must be exactly the datagram's (RFC 7296 section 3.1); payloads of unknown type are kept as they are.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> octets, out IkeMessage message, out ParseError error)
    {
        message = Empty;
        if (!IkeHeader.TryParse(octets, out var header, out error))
            return false;
        if (header.Length != octets.Length)
        {
            error = new(24, "Length", $"{header.Length}, but the message has {octets.Length} octets");
            return false;
        }
        if (!TryParseChain(header.NextPayload, octets[IkeHeader.Size..], IkeHeader.Size, out var payloads, out error))
            return false;
        message = new(header, payloads);
        return true;
    }

    /// <summary>Reads a chain of payloads, such as the inside of an encrypted payload.</summary>
    public static bool TryParseChain(
        PayloadType first, ReadOnlySpan<byte> octets, int offset, out ImmutableArray<Payload> payloads, out ParseError error)
    {
        payloads = [];
        var builder = ImmutableArray.CreateBuilder<Payload>();
        var chain = new PayloadChain(first, octets, offset);
        while (chain.MoveNext())
        {
            if (builder.Count == MaximumPayloads)
            {
                error = new(chain.Current.Offset, "Next Payload", $"more than {MaximumPayloads} payloads");
                return false;
            }
            if (!Payload.TryParse(chain.Current, out var payload, out error))
                return false;
            builder.Add(payload);
        }
        error = chain.Error ?? default;
        if (chain.Error is not null)
            return false;
        payloads = builder.DrainToImmutable();
        return true;
    }

    /// <summary>The message as octets; the header's next payload and length are computed.</summary>
    public byte[] Encode() => IkeWriter.Message(Header, [.. Payloads.Select(payload => payload.ToRaw())]);

    /// <summary>The first payload of a kind, or null.</summary>
    public T? Find<T>() where T : Payload => Payloads.OfType<T>().FirstOrDefault();

    /// <summary>The first notification of a type, or null.</summary>
    public NotifyPayload? Notify(NotifyType type) => Payloads.OfType<NotifyPayload>().FirstOrDefault(notify => notify.NotifyType == type);

    /// <summary>One line in the RFC's notation: <c>IKE_SA_INIT request 0: SA KE Nonce N(COOKIE)</c>.</summary>
    public string Summary => $"{Header.ExchangeType.Notation()} {(Header.IsResponse ? "response" : "request")} {Header.MessageId}: "
        + (Payloads.Length == 0 ? "(empty)" : string.Join(' ', Payloads.Select(payload => payload.Notation)));

    /// <summary>The message for a person: header and payloads, a line a field.</summary>
    /// <param name="inner">What an encrypted payload holds, where it was opened.</param>
    public string Describe(ImmutableArray<Payload> inner = default)
    {
        var lines = new List<string>
        {
            $"{Header.ExchangeType.Notation()}, version {Header.MajorVersion}.{Header.MinorVersion}, flags {Header.Flags}, message id {Header.MessageId}",
            $"SPIi {Header.InitiatorSpi:x16}  SPIr {Header.ResponderSpi:x16}",
        };
        foreach (var payload in Payloads)
        {
            Add(payload, "");
            // An Encrypted payload among those inside is not opened: no message nests them (RFC 7296 section 3.14).
            if (payload is EncryptedPayload && !inner.IsDefault)
                foreach (var inside in inner)
                    Add(inside, "    ");
        }
        return string.Join('\n', lines);

        void Add(Payload payload, string indent)
        {
            lines.Add($"{indent}{payload.Notation}{(payload.IsCritical ? " (critical)" : "")}");
            lines.AddRange(payload.Describe().Select(line => $"{indent}  {line}"));
        }
    }

    private static IkeMessage Empty { get; } = new(default, []);
}
