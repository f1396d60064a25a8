using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Conformance.Decoding;

/// <summary>IKEv2 messages (RFC 7296 section 3), opened where a key file has their SA, fragments (RFC 7383) put together. Not thread-safe.</summary>
internal sealed class IkeDissector(DecryptionKeys keys)
{
    private readonly IkeFragmentReassembler _fragments = new();

    public void Message(Dissection dissection, Slice slice)
    {
        var octets = slice.Span;
        if (!IkeHeader.TryParse(octets, out var header, out var error))
        {
            dissection.Malformed("IKE", slice, error);
            return;
        }
        var notations = new List<string>();
        var outer = new List<SeenPayload>();
        var seen = dissection.See(new IkeSighting(dissection) { Octets = slice.Memory, Header = header, Outer = outer });
        dissection.Layer("IKEv2", Title(header), slice, slice.Length, fields =>
        {
            Header(fields, header);
            if (header.MajorVersion != 2)
                dissection.Malformed("IKE", slice, new(17, "MjVer", $"{header.MajorVersion}, neither 1 nor 2"));
            else if (header.Length != (uint)slice.Length)
                dissection.Malformed("IKE", slice, new(24, "Length", $"{header.Length}, but the message has {slice.Length} octets"));
            else
                Chain(dissection, slice, seen, outer, fields, notations);
        });
        dissection.Notes.Add($"{Title(header)}: {(notations.Count == 0 ? "(empty)" : string.Join(' ', notations))}");
    }

    private static string Title(IkeHeader header) =>
        $"{header.ExchangeType.Notation()} {(header.IsResponse ? "response" : "request")} {header.MessageId}";

    private static void Header(FieldWriter fields, IkeHeader header) => fields
        .Put("Initiator SPI", $"{header.InitiatorSpi:x16}", 8).Put("Responder SPI", $"{header.ResponderSpi:x16}", 8)
        .Put("Next Payload", $"{(byte)header.NextPayload} ({header.NextPayload.Notation()})", 1)
        .Put("Version", $"{header.MajorVersion}.{header.MinorVersion}", 1)
        .Put("Exchange Type", $"{(byte)header.ExchangeType} ({header.ExchangeType.Notation()})", 1)
        .Put("Flags", $"0x{(byte)header.Flags:x2} ({header.Flags})", 1)
        .Put("Message ID", header.MessageId, 4).Put("Length", header.Length, 4);

    private void Chain(Dissection dissection, Slice slice, IkeSighting seen, List<SeenPayload> outer, FieldWriter fields, List<string> notations)
    {
        var header = seen.Header;
        var chain = new PayloadChain(header.NextPayload, slice.Span[IkeHeader.Size..], IkeHeader.Size);
        for (var count = 0; chain.MoveNext(); count++)
        {
            if (count == IkeMessage.MaximumPayloads)
            {
                var excess = new ParseError(chain.Current.Offset, "Next Payload", $"more than {IkeMessage.MaximumPayloads} payloads");
                seen.ChainError = excess;
                dissection.Malformed("IKE", slice, excess);
                return;
            }
            var view = chain.Current;
            var length = view.Body.Length + PayloadChain.GenericHeaderSize;
            var isParsed = Payload.TryParse(view, out var payload, out var error);
            outer.Add(new(view.Type, view.Flags, view.NextPayload, view.Body.ToArray(), payload, isParsed ? null : error));
            if (payload is null)
            {
                dissection.Malformed("IKE", slice, error);
                notations.Add($"{view.Type.Notation()}!");
                IkePayloadFields.Unreadable(fields, view);
                continue;
            }
            notations.Add(payload.Notation);
            var (next, offset) = (view.NextPayload, view.Offset);
            IkePayloadFields.Write(fields, payload, next, length, inner =>
            {
                if (payload is EncryptedPayload)
                    Encrypted(dissection, slice, seen, next, offset, inner, notations);
                else if (payload is EncryptedFragmentPayload fragment)
                    Fragment(dissection, slice, seen, fragment, offset, inner, notations);
            });
        }
        if (chain.Error is { } wrong)
        {
            seen.ChainError = wrong;
            dissection.Malformed("IKE", slice, wrong);
        }
    }

    private void Encrypted(
        Dissection dissection, Slice slice, IkeSighting seen, PayloadType first, int payloadOffset, FieldWriter fields, List<string> notations)
    {
        var bodyOffset = payloadOffset + PayloadChain.GenericHeaderSize;
        var opened = Open(dissection, slice, seen, $"SK of {Title(seen.Header)}", bodyOffset);
        if (!TryUnpad(dissection, slice, opened, bodyOffset, fields, out var inside))
            return;
        Inside(dissection, slice.Source, slice.Offset + opened.PlaintextOffset, inside, first, seen, fields, notations);
        Trailer(slice, opened, inside.Length, fields);
    }

    private void Fragment(
        Dissection dissection, Slice slice, IkeSighting seen, EncryptedFragmentPayload fragment, int payloadOffset, FieldWriter fields, List<string> notations)
    {
        var header = seen.Header;
        var bodyOffset = payloadOffset + PayloadChain.GenericHeaderSize + EncryptedFragmentPayload.FragmentHeaderSize;
        var opened = Open(dissection, slice, seen, $"SKF {fragment.Number}/{fragment.Total} of {Title(header)}", bodyOffset);
        if (!TryUnpad(dissection, slice, opened, bodyOffset, fields, out var inside))
            return;
        fields.Put("Fragment Content", $"{inside.Length} octets", inside.Length);
        Trailer(slice, opened, inside.Length, fields);
        var outcome = _fragments.Add(IkeFragmentKey.Of(header), fragment, inside, out var first, out var whole);
        if (outcome == IkeFragmentOutcome.Inconsistent)
            dissection.Malformed("IKE", slice, new(payloadOffset + 4, "Fragment Number", $"{fragment.Number} of {fragment.Total} does not fit"));
        else if (outcome == IkeFragmentOutcome.Complete)
        {
            var source = $"IKE message reassembled in frame {dissection.Frame.Number}";
            dissection.Carrier = seen.Carrier;
            var message = dissection.See(new IkeSighting(dissection)
            {
                Octets = seen.Octets,
                Header = header,
                Outer = seen.Outer,
                IsReassembled = true,
                Opened = seen.Opened,
            });
            dissection.Layer("IKEv2 Reassembled", Title(header), new(whole.AsMemory(), 0, source), whole.Length, layer =>
                Inside(dissection, source, 0, whole.AsSpan(), first, message, layer, notations));
        }
    }

    private Opened Open(Dissection dissection, Slice slice, IkeSighting seen, string what, int bodyOffset)
    {
        var header = seen.Header;
        if (!keys.Ike.TryGetValue((header.InitiatorSpi, header.ResponderSpi), out var sa))
        {
            dissection.Protected(new(what, Decrypted: false, IcvState.NotChecked, "no key file has this SA"));
            return default;
        }
        var opened = Opening.Open(
            sa.Encryption, header.IsFromInitiator ? sa.SkEi : sa.SkEr, sa.Integrity, header.IsFromInitiator ? sa.SkAi : sa.SkAr, sa.UncheckedIcvLength,
            slice.Span, bodyOffset, slice.Span[..bodyOffset], []);
        seen.Icv = opened.Icv;
        if (opened.Plaintext is not null)
            seen.Opened = new(
                sa.Encryption, slice.Memory[bodyOffset..opened.PlaintextOffset], opened.Icv == IcvState.Wrong ? null : opened.Plaintext, opened.Icv);
        dissection.Protected(new(what, opened.Plaintext is not null, opened.Icv, opened.Reason));
        return opened;
    }

    private static bool TryUnpad(Dissection dissection, Slice slice, Opened opened, int bodyOffset, FieldWriter fields, out byte[] inside)
    {
        inside = [];
        if (opened.Plaintext is not { } plaintext)
        {
            fields.Put("Encrypted", $"{slice.Length - bodyOffset} octets", slice.Length - bodyOffset);
            return false;
        }
        // Octets that are not authentic are shown, but what they would mean is not asked.
        if (opened.Icv == IcvState.Wrong)
        {
            fields.Skip(opened.PlaintextOffset - bodyOffset).Put("Decrypted, not authentic", Convert.ToHexStringLower(plaintext), plaintext.Length);
            return false;
        }
        if (plaintext[^1] > plaintext.Length - 1)
        {
            dissection.Malformed("IKE", slice, new(
                opened.PlaintextOffset + plaintext.Length - 1, "Pad Length", $"{plaintext[^1]} exceeds the {plaintext.Length - 1} octets before it"));
            return false;
        }
        inside = plaintext[..^(plaintext[^1] + 1)];
        var iv = opened.PlaintextOffset - bodyOffset;
        if (iv > 0)
            fields.Put("IV", Convert.ToHexStringLower(slice.Span.Slice(bodyOffset, iv)), iv);
        return true;
    }

    private static void Trailer(Slice slice, Opened opened, int insideLength, FieldWriter fields)
    {
        var plaintext = opened.Plaintext!;
        var padding = plaintext.Length - insideLength - 1;
        if (padding > 0)
            fields.Put("Padding", Convert.ToHexStringLower(plaintext.AsSpan(insideLength, padding)), padding);
        fields.Put("Pad Length", (ulong)padding, 1);
        var icv = slice.Length - opened.PlaintextOffset - plaintext.Length;
        if (icv > 0)
            fields.Put("Integrity Checksum Data", Convert.ToHexStringLower(slice.Span[^icv..]), icv);
    }

    /// <summary>The chain inside, whose offsets count in <paramref name="source"/>.</summary>
    private static void Inside(
        Dissection dissection, string source, int offset, ReadOnlySpan<byte> inside, PayloadType first, IkeSighting seen, FieldWriter fields,
        List<string> notations)
    {
        var payloads = new List<SeenPayload>();
        seen.Inner = payloads;
        var slice = new Slice(inside.ToArray(), offset, source);
        var chain = new PayloadChain(first, slice.Span);
        var inner = new List<string>();
        for (var count = 0; count < IkeMessage.MaximumPayloads && chain.MoveNext(); count++)
        {
            var view = chain.Current;
            var isParsed = Payload.TryParse(view, out var payload, out var error);
            payloads.Add(new(view.Type, view.Flags, view.NextPayload, view.Body.ToArray(), payload, isParsed ? null : error));
            if (payload is not null)
            {
                inner.Add(payload.Notation);
                IkePayloadFields.Write(fields, payload, view.NextPayload, view.Body.Length + PayloadChain.GenericHeaderSize, _ => { });
                continue;
            }
            dissection.Malformed("IKE", slice, error);
            inner.Add($"{view.Type.Notation()}!");
            IkePayloadFields.Unreadable(fields, view);
        }
        if (chain.Error is { } wrong)
        {
            seen.ChainError = wrong;
            dissection.Malformed("IKE", slice, wrong);
        }
        notations.Add($"{{{string.Join(' ', inner)}}}");
    }
}
