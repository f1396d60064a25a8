using Ipsec.Packets.Ikev1;

namespace Conformance.Decoding;

/// <summary>IKEv1 messages (RFC 2408 section 3), decrypted where a key file has their ISAKMP SA. Not thread-safe.</summary>
internal sealed class Ikev1Dissector(DecryptionKeys keys)
{
    private readonly Ikev1Decryption _decryption = new(keys);

    public void Message(Dissection dissection, Slice slice)
    {
        if (!IsakmpHeader.TryParse(slice.Span, out var header, out var error))
        {
            dissection.Malformed("IKEv1", slice, error);
            return;
        }
        var notations = new List<string>();
        var title = $"{header.ExchangeType.Notation()}{(header.MessageId == 0 ? "" : $" {header.MessageId:x8}")}";
        dissection.Layer("IKEv1", title, slice, slice.Length, fields =>
        {
            fields.Put("Initiator Cookie", $"{header.InitiatorCookie:x16}", 8).Put("Responder Cookie", $"{header.ResponderCookie:x16}", 8)
                .Put("Next Payload", $"{(byte)header.NextPayload} ({header.NextPayload.Notation()})", 1)
                .Put("Version", $"{header.MajorVersion}.{header.MinorVersion}", 1)
                .Put("Exchange Type", $"{(byte)header.ExchangeType} ({header.ExchangeType.Notation()})", 1)
                .Put("Flags", $"0x{(byte)header.Flags:x2} ({header.Flags})", 1)
                .Put("Message ID", $"0x{header.MessageId:x8}", 4).Put("Length", header.Length, 4);
            if (header.Length != (uint)slice.Length)
                dissection.Malformed("IKEv1", slice, new(24, "Length", $"{header.Length}, but the message has {slice.Length} octets"));
            else if (header.IsEncrypted)
                Encrypted(dissection, slice, header, title, fields, notations);
            else
                Chain(dissection, slice, header.NextPayload, slice.From(IsakmpHeader.Size), fields, notations, header, out _);
        });
        dissection.Notes.Add($"IKEv1 {title}: {(notations.Count == 0 ? "(empty)" : string.Join(' ', notations))}");
    }

    private void Encrypted(Dissection dissection, Slice slice, IsakmpHeader header, string title, FieldWriter fields, List<string> notations)
    {
        var ciphertext = slice.From(IsakmpHeader.Size);
        if (!_decryption.TryDecrypt(header, ciphertext.Span, out var plaintext, out var reason))
        {
            dissection.Protected(new($"IKEv1 {title}", Decrypted: false, IcvState.NotChecked, reason));
            fields.Put("Encrypted", $"{ciphertext.Length} octets", ciphertext.Length);
            notations.Add("(encrypted)");
            return;
        }
        var inside = ciphertext with { Memory = plaintext };
        var payloads = Chain(dissection, slice, header.NextPayload, inside, fields, notations, header, out var length);
        var (state, why) = payloads.Count > 0 && payloads[0] is OpaquePayload { Type: IsakmpPayloadType.Hash } hash
            ? _decryption.CheckHash(header, payloads, plaintext.AsSpan(..length)[(IsakmpPayloadChain.GenericHeaderSize + hash.Data.Length)..])
            : _decryption.CheckHash(header, payloads, default);
        dissection.Protected(new($"IKEv1 {title}", Decrypted: true, state, why));
    }

    /// <param name="length">Octets of the chain without padding.</param>
    private List<IsakmpPayload> Chain(
        Dissection dissection, Slice message, IsakmpPayloadType first, Slice octets, FieldWriter fields, List<string> notations, IsakmpHeader header,
        out int length)
    {
        var payloads = new List<IsakmpPayload>();
        var chain = new IsakmpPayloadChain(first, octets.Span);
        while (payloads.Count < IsakmpMessage.MaximumPayloads && chain.MoveNext())
        {
            var view = chain.Current;
            if (!IsakmpPayload.TryParse(view, out var payload, out var error))
            {
                dissection.Malformed("IKEv1", octets, error);
                notations.Add($"{view.Type.Notation()}!");
                fields.Put(view.Type.Notation(), "malformed", view.Body.Length + IsakmpPayloadChain.GenericHeaderSize);
                continue;
            }
            payloads.Add(payload);
            notations.Add(payload.Notation);
            IsakmpPayloadFields.Write(fields, payload, octets.Span[view.Offset], view.Body.Length + IsakmpPayloadChain.GenericHeaderSize);
        }
        if (chain.Error is { } wrong)
            dissection.Malformed("IKEv1", octets, wrong);
        else if (!chain.Rest.IsEmpty)
            fields.Put("Padding", Convert.ToHexStringLower(chain.Rest), chain.Rest.Length);
        if (!header.IsEncrypted && message.Length > 0)
            _decryption.Learn(header, payloads);
        length = octets.Length - chain.Rest.Length;
        return payloads;
    }
}
