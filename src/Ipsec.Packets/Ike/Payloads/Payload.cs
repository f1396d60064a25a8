using System.Diagnostics.CodeAnalysis;

namespace Ipsec.Packets.Ike;

/// <summary>One payload of an IKEv2 message, owned. Subtypes are the payloads of RFC 7296 section 3; the rest is <see cref="UnknownPayload"/>.</summary>
public abstract record Payload
{
    public abstract PayloadType Type { get; }

    /// <summary>Critical bit (0x80) and the seven reserved bits of the generic header, as received; zero when built.</summary>
    public byte Flags { get; init; }

    public bool IsCritical => (Flags & 0x80) != 0;

    /// <summary>What stands in an exchange diagram: <c>SA</c>, <c>N(COOKIE)</c>.</summary>
    public virtual string Notation => Type.Notation();

    /// <summary>The fields below the generic header, a line each, for a person to read.</summary>
    public abstract IEnumerable<string> Describe();

    /// <summary>The octets that follow the generic header.</summary>
    public abstract byte[] EncodeBody();

    public virtual RawPayload ToRaw() => new(Type, Flags, Octets.TakeOver(EncodeBody()));

    /// <summary>Reads one payload. Types that this library doesn't know are never an error.</summary>
    public static bool TryParse(PayloadView view, [NotNullWhen(true)] out Payload? payload, out ParseError error)
    {
        var reader = new FieldReader(view.Body, view.Offset + PayloadChain.GenericHeaderSize);
        payload = view.Type switch
        {
            PayloadType.SecurityAssociation => SecurityAssociationPayload.Parse(ref reader),
            PayloadType.KeyExchange => KeyExchangePayload.Parse(ref reader),
            PayloadType.IdentificationInitiator or PayloadType.IdentificationResponder or PayloadType.GroupIdentification =>
                IdentificationPayload.Parse(view.Type, ref reader),
            PayloadType.Certificate => CertificatePayload.Parse(ref reader),
            PayloadType.CertificateRequest => CertificateRequestPayload.Parse(ref reader),
            PayloadType.Authentication => AuthenticationPayload.Parse(ref reader),
            PayloadType.Nonce => NoncePayload.Parse(ref reader),
            PayloadType.Notify => NotifyPayload.Parse(ref reader),
            PayloadType.Delete => DeletePayload.Parse(ref reader),
            PayloadType.VendorId => VendorIdPayload.Parse(ref reader),
            PayloadType.TrafficSelectorInitiator or PayloadType.TrafficSelectorResponder => TrafficSelectorPayload.Parse(view.Type, ref reader),
            PayloadType.Encrypted => EncryptedPayload.Parse(view.NextPayload, ref reader),
            PayloadType.EncryptedFragment => EncryptedFragmentPayload.Parse(view.NextPayload, ref reader),
            PayloadType.Configuration => ConfigurationPayload.Parse(ref reader),
            PayloadType.ExtensibleAuthentication => ExtensibleAuthenticationPayload.Parse(ref reader),
            PayloadType.GenericSecurePassword => GenericSecurePasswordPayload.Parse(ref reader),
            PayloadType.PuzzleSolution => PuzzleSolutionPayload.Parse(ref reader),
            PayloadType.GroupSecurityAssociation => GroupSecurityAssociationPayload.Parse(ref reader),
            PayloadType.KeyDownload => KeyDownloadPayload.Parse(ref reader),
            _ => new UnknownPayload(view.Type, reader.Rest()),
        };
        error = reader.Error ?? default;
        if (reader.Error is not null)
        {
            payload = null;
            return false;
        }
        payload = payload with { Flags = view.Flags };
        return true;
    }
}
