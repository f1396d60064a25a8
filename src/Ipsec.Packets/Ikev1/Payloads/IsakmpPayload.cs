using System.Diagnostics.CodeAnalysis;

namespace Ipsec.Packets.Ikev1;

/// <summary>One payload of an IKEv1 message, owned. Subtypes are the payloads of RFC 2408 section 3; the rest is <see cref="OpaquePayload"/>.</summary>
public abstract record IsakmpPayload
{
    public abstract IsakmpPayloadType Type { get; }

    /// <summary>The reserved octet of the generic header, as received; zero when built.</summary>
    public byte Reserved { get; init; }

    /// <summary>What stands in an exchange diagram.</summary>
    public virtual string Notation => Type.Notation();

    /// <summary>The octets that follow the generic header.</summary>
    public abstract byte[] EncodeBody();

    public RawIsakmpPayload ToRaw() => new(Type, Reserved, Octets.TakeOver(EncodeBody()));

    /// <summary>Reads one payload. Types that this library doesn't know are never an error.</summary>
    public static bool TryParse(IsakmpPayloadView view, [NotNullWhen(true)] out IsakmpPayload? payload, out ParseError error)
    {
        var reader = new FieldReader(view.Body, view.Offset + IsakmpPayloadChain.GenericHeaderSize);
        payload = view.Type switch
        {
            IsakmpPayloadType.SecurityAssociation => IsakmpSecurityAssociation.Parse(ref reader),
            IsakmpPayloadType.Identification => IsakmpIdentification.Parse(ref reader),
            IsakmpPayloadType.Certificate or IsakmpPayloadType.CertificateRequest => IsakmpCertificate.Parse(view.Type, ref reader),
            IsakmpPayloadType.Notification => IsakmpNotification.Parse(ref reader),
            IsakmpPayloadType.Delete => IsakmpDelete.Parse(ref reader),
            IsakmpPayloadType.Configuration => IsakmpConfiguration.Parse(ref reader),
            IsakmpPayloadType.NatOriginalAddress or IsakmpPayloadType.NatOriginalAddressDraft => IsakmpNatOriginalAddress.Parse(view.Type, ref reader),
            _ => new OpaquePayload(view.Type, reader.Rest()),
        };
        error = reader.Error ?? default;
        if (reader.Error is not null)
        {
            payload = null;
            return false;
        }
        payload = payload with { Reserved = view.Reserved };
        return true;
    }
}
