namespace Ipsec.Packets.Ikev1;

/// <summary>ISAKMP payload types (RFC 2408 section 3.1, RFC 3947).</summary>
public enum IsakmpPayloadType : byte
{
    /// <summary>No next payload.</summary>
    None = 0,
    /// <summary>SA.</summary>
    SecurityAssociation = 1,
    /// <summary>P.</summary>
    Proposal = 2,
    /// <summary>T.</summary>
    Transform = 3,
    /// <summary>KE.</summary>
    KeyExchange = 4,
    /// <summary>ID.</summary>
    Identification = 5,
    /// <summary>CERT.</summary>
    Certificate = 6,
    /// <summary>CR.</summary>
    CertificateRequest = 7,
    /// <summary>HASH.</summary>
    Hash = 8,
    /// <summary>SIG.</summary>
    Signature = 9,
    /// <summary>NONCE.</summary>
    Nonce = 10,
    /// <summary>N.</summary>
    Notification = 11,
    /// <summary>D.</summary>
    Delete = 12,
    /// <summary>VID.</summary>
    VendorId = 13,
    /// <summary>Attributes (Mode Config).</summary>
    Configuration = 14,
    /// <summary>SAK (GDOI).</summary>
    SaKek = 15,
    /// <summary>SAT (GDOI).</summary>
    SaTek = 16,
    /// <summary>KD (GDOI).</summary>
    KeyDownload = 17,
    /// <summary>SEQ (GDOI).</summary>
    SequenceNumber = 18,
    /// <summary>POP (GDOI, deprecated).</summary>
    ProofOfPossession = 19,
    /// <summary>NAT-D (RFC3947).</summary>
    NatDetection = 20,
    /// <summary>NAT-OA (RFC3947).</summary>
    NatOriginalAddress = 21,
    /// <summary>GAP (GDOI).</summary>
    GroupAssociatedPolicy = 22,
    /// <summary>NAT-D (draft).</summary>
    NatDetectionDraft = 130,
    /// <summary>NAT-OA (draft).</summary>
    NatOriginalAddressDraft = 131,
    /// <summary>Fragment (Cisco/MS).</summary>
    Fragment = 132,
}
