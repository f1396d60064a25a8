using Ipsec.Packets;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ikev1;

namespace Conformance.Decoding;

/// <summary>IKEv1 payloads as fields: the records of the codec laid out over the octets they came from.</summary>
internal static class IsakmpPayloadFields
{
    /// <param name="length">Octets with the generic header.</param>
    public static void Write(FieldWriter fields, IsakmpPayload payload, byte next, int length) =>
        fields.Group(payload.Type.Notation(), payload.Notation, length, body =>
        {
            body.Put("Next Payload", $"{next} ({((IsakmpPayloadType)next).Notation()})", 1).Put("RESERVED", payload.Reserved, 1)
                .Put("Payload Length", (ulong)length, 2);
            Body(body, payload);
        });

    private static void Body(FieldWriter body, IsakmpPayload payload)
    {
        switch (payload)
        {
            case IsakmpSecurityAssociation sa:
                body.Put("DOI", $"{(uint)sa.Doi} ({sa.Doi})", 4).Put("Situation", sa.Situation, 4);
                foreach (var proposal in sa.Proposals)
                    Proposal(body, proposal);
                Optional(body, "Situation and Proposals", sa.Opaque);
                break;
            case IsakmpIdentification id:
                body.Put("ID Type", $"{(byte)id.IdType} ({id.IdType})", 1).Put("Protocol ID", id.Protocol, 1).Put("Port", id.Port, 2)
                    .Put("Identification Data", id.Identity, id.Data.Length);
                break;
            case IsakmpCertificate certificate:
                body.Put("Cert Encoding", $"{(byte)certificate.Encoding} ({certificate.Encoding})", 1);
                Optional(body, "Data", certificate.Data);
                break;
            case IsakmpNotification notify:
                body.Put("DOI", $"{(uint)notify.Doi} ({notify.Doi})", 4).Put("Protocol-ID", $"{(byte)notify.Protocol} ({notify.Protocol})", 1)
                    .Put("SPI Size", (ulong)notify.Spi.Length, 1).Put("Notify Message Type", $"{(ushort)notify.NotifyType} ({notify.NotifyType})", 2);
                Optional(body, "SPI", notify.Spi);
                Optional(body, "Notification Data", notify.Data);
                break;
            case IsakmpDelete delete:
                body.Put("DOI", $"{(uint)delete.Doi} ({delete.Doi})", 4).Put("Protocol-Id", $"{(byte)delete.Protocol} ({delete.Protocol})", 1)
                    .Put("SPI Size", delete.SpiSize, 1).Put("# of SPIs", (ulong)delete.Spis.Length, 2);
                foreach (var spi in delete.Spis)
                    body.Put("SPI", $"{spi}", spi.Length);
                break;
            case IsakmpConfiguration configuration:
                body.Put("Type", $"{(byte)configuration.ConfigurationType} ({configuration.ConfigurationType})", 1).Skip(1)
                    .Put("Identifier", configuration.Identifier, 2);
                foreach (var attribute in configuration.Attributes)
                    Attribute(body, attribute, $"{(Ikev1ConfigurationAttributeType)attribute.Type}");
                break;
            case IsakmpNatOriginalAddress address:
                body.Put("ID Type", $"{(byte)address.IdType} ({address.IdType})", 1).Skip(3)
                    .Put("Address", address.Address?.ToString() ?? address.Data.ToString(), address.Data.Length);
                break;
            case OpaquePayload { OpaqueType: IsakmpPayloadType.VendorId } vendor:
                body.Put("Vendor ID", $"{vendor.Data}{(KnownVendorIds.Name(vendor.Data.Span) is { } name ? $" ({name})" : "")}", vendor.Data.Length);
                break;
            case OpaquePayload opaque:
                Optional(body, "Data", opaque.Data);
                break;
        }
    }

    private static void Proposal(FieldWriter body, IsakmpProposal proposal)
    {
        var length = 8 + proposal.Spi.Length + proposal.Transforms.Sum(Length);
        body.Group("Proposal", $"{proposal.Number} {proposal.Protocol}", length, fields =>
        {
            fields.Skip(2).Put("Payload Length", (ulong)length, 2).Put("Proposal #", proposal.Number, 1)
                .Put("Protocol-Id", $"{(byte)proposal.Protocol} ({proposal.Protocol})", 1)
                .Put("SPI Size", (ulong)proposal.Spi.Length, 1).Put("# of Transforms", (ulong)proposal.Transforms.Length, 1);
            Optional(fields, "SPI", proposal.Spi);
            foreach (var transform in proposal.Transforms)
                fields.Group("Transform", $"{transform.Number} {TransformName(proposal.Protocol, transform.Id)}", Length(transform), inner =>
                {
                    inner.Skip(2).Put("Payload Length", (ulong)Length(transform), 2).Put("Transform #", transform.Number, 1)
                        .Put("Transform-Id", $"{transform.Id} ({TransformName(proposal.Protocol, transform.Id)})", 1).Skip(2);
                    foreach (var attribute in transform.Attributes)
                        Attribute(inner, attribute, AttributeName(proposal.Protocol, attribute));
                });
        });
    }

    private static string TransformName(IpsecProtocolId protocol, byte id) => protocol switch
    {
        IpsecProtocolId.Isakmp => id == 1 ? "KEY_IKE" : $"{id}",
        IpsecProtocolId.Ah => $"{(AhTransformId)id}",
        IpsecProtocolId.Esp => $"{(EspTransformId)id}",
        _ => $"{id}",
    };

    private static string AttributeName(IpsecProtocolId protocol, IsakmpAttribute attribute)
    {
        var value = (ushort)(attribute.Number ?? 0);
        return protocol == IpsecProtocolId.Isakmp
            ? (Phase1AttributeType)attribute.Type switch
            {
                Phase1AttributeType.EncryptionAlgorithm => $"EncryptionAlgorithm {(Phase1Encryption)value}",
                Phase1AttributeType.HashAlgorithm => $"HashAlgorithm {(Phase1Hash)value}",
                Phase1AttributeType.AuthenticationMethod => $"AuthenticationMethod {(Phase1Authentication)value}",
                Phase1AttributeType.LifeType => $"LifeType {(LifeType)value}",
                var type => $"{type}",
            }
            : (IpsecAttributeType)attribute.Type switch
            {
                IpsecAttributeType.EncapsulationMode => $"EncapsulationMode {(EncapsulationMode)value}",
                IpsecAttributeType.AuthenticationAlgorithm => $"AuthenticationAlgorithm {(IpsecAuthentication)value}",
                IpsecAttributeType.SaLifeType => $"SaLifeType {(LifeType)value}",
                var type => $"{type}",
            };
    }

    private static int Length(IsakmpTransform transform) => 8 + transform.Attributes.Sum(Length);

    private static int Length(IsakmpAttribute attribute) => attribute.IsShort ? 4 : 4 + attribute.Value.Length;

    private static void Attribute(FieldWriter fields, IsakmpAttribute attribute, string name) =>
        fields.Put("Attribute", $"{name} = {attribute.Number?.ToString() ?? attribute.Value.ToString()}", Length(attribute));

    private static void Optional(FieldWriter fields, string name, Octets octets)
    {
        if (!octets.IsEmpty)
            fields.Put(name, $"{octets}", octets.Length);
    }
}
