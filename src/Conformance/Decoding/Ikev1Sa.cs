using System.Security.Cryptography;
using Ipsec.Packets;
using Ipsec.Packets.Ikev1;

namespace Conformance.Decoding;

/// <summary>What the decoder has seen of one ISAKMP SA.</summary>
internal sealed class Ikev1Sa
{
    public IsakmpTransform? Transform { get; set; }

    /// <summary>The initiator's SA payload.</summary>
    public IsakmpSecurityAssociation? Offer { get; set; }

    /// <summary>Where it was sent in the clear: in aggressive mode.</summary>
    public IsakmpIdentification? InitiatorIdentity { get; set; }

    public Octets InitiatorPublic { get; set; }

    public Octets ResponderPublic { get; set; }

    public byte[] LastPhase1Block { get; set; } = [];

    /// <summary>By message id.</summary>
    public Dictionary<uint, Ikev1Exchange> Exchanges { get; } = [];

    /// <summary>The negotiated hash; null before it is known, or if it is not available here.</summary>
    public HashAlgorithmName? Hash => (Phase1Hash)(Transform?.Attribute((ushort)Phase1AttributeType.HashAlgorithm) ?? 0) switch
    {
        Phase1Hash.Md5 => HashAlgorithmName.MD5,
        Phase1Hash.Sha1 => HashAlgorithmName.SHA1,
        Phase1Hash.Sha256 => HashAlgorithmName.SHA256,
        Phase1Hash.Sha384 => HashAlgorithmName.SHA384,
        Phase1Hash.Sha512 => HashAlgorithmName.SHA512,
        _ => null,
    };
}

/// <summary>One exchange under an ISAKMP SA.</summary>
internal sealed class Ikev1Exchange
{
    public byte[] Iv { get; set; } = [];

    public byte[] PreviousIv { get; set; } = [];

    public Octets LastMessage { get; set; }

    /// <summary>Of the initiator of a quick mode, without its generic header.</summary>
    public byte[]? InitiatorNonce { get; private set; }

    public byte[]? ResponderNonce { get; private set; }

    /// <summary>The initiator's comes first; a retransmission is the same octets.</summary>
    public void LearnNonce(byte[] nonce)
    {
        if (InitiatorNonce is null)
            InitiatorNonce = nonce;
        else if (!nonce.AsSpan().SequenceEqual(InitiatorNonce))
            ResponderNonce ??= nonce;
    }
}
