using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Ipsec.Packets;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;

namespace Ipsec.Dataplane;

/// <summary>Which identities a PAD entry is for: the six kinds of RFC 4301 section 4.4.3.1. An identity is what IKE's ID payload holds (RFC 7296 section 3.5).</summary>
public abstract record PeerIdentityRule
{
    public abstract bool Matches(IdentificationType type, ReadOnlySpan<byte> identity);

    /// <summary>A DNS name, or with a dot before it every name below a domain. Case does not matter.</summary>
    public sealed record DnsName(string Pattern) : PeerIdentityRule
    {
        public override bool Matches(IdentificationType type, ReadOnlySpan<byte> identity) =>
            type == IdentificationType.Fqdn && MatchesText(Pattern, identity, isSubtree: Pattern.StartsWith('.'));
    }

    /// <summary>A mail address, or with an @ before it every address of a domain. Case does not matter.</summary>
    public sealed record MailAddress(string Pattern) : PeerIdentityRule
    {
        public override bool Matches(IdentificationType type, ReadOnlySpan<byte> identity) =>
            type == IdentificationType.Rfc822Addr && MatchesText(Pattern, identity, isSubtree: Pattern.StartsWith('@'));
    }

    /// <summary>A range of addresses of one family.</summary>
    public sealed record Address(AddressRange Range) : PeerIdentityRule
    {
        public override bool Matches(IdentificationType type, ReadOnlySpan<byte> identity) =>
            (type == IdentificationType.Ipv4Addr && identity.Length == 4 || type == IdentificationType.Ipv6Addr && identity.Length == Ipv6Address.Size)
            && Range.Contains(IpAddress.Read(identity));
    }

    /// <summary>Octets, compared as they are.</summary>
    public sealed record KeyId(Octets Value) : PeerIdentityRule
    {
        public override bool Matches(IdentificationType type, ReadOnlySpan<byte> identity) => type == IdentificationType.KeyId && identity.SequenceEqual(Value.Span);
    }

    /// <summary>A distinguished name: the whole of it, or everything below it.</summary>
    /// <param name="Name">Top-level component first, as "C=DE, O=Example".</param>
    public sealed record DistinguishedName(string Name, bool IsSubtree = false) : PeerIdentityRule
    {
        private readonly string[] _components = Components(new X500DistinguishedName(Name, X500DistinguishedNameFlags.None));

        public override bool Matches(IdentificationType type, ReadOnlySpan<byte> identity)
        {
            if (type != IdentificationType.DerAsn1Dn)
                return false;
            string[] asserted;
            try
            {
                asserted = Components(new X500DistinguishedName(identity));
            }
            catch (CryptographicException)
            {
                // The library's word for octets that are no distinguished name.
                return false;
            }
            return (IsSubtree ? asserted.Length >= _components.Length : asserted.Length == _components.Length)
                && asserted.AsSpan(0, _components.Length).SequenceEqual(_components);
        }

        private static string[] Components(X500DistinguishedName name) =>
            [.. name.EnumerateRelativeDistinguishedNames(reversed: false).Select(component => component.HasMultipleElements
                ? Convert.ToHexString(component.RawData.Span)
                : $"{component.GetSingleElementType().Value}={component.GetSingleElementValue()?.Trim().ToUpperInvariant()}")];
    }

    private static bool MatchesText(string pattern, ReadOnlySpan<byte> identity, bool isSubtree)
    {
        // A name with an octet outside of printable ASCII is no name: such octets must not be taken for others.
        if (identity.IsEmpty || identity.IndexOfAnyExceptInRange((byte)0x21, (byte)0x7e) >= 0)
            return false;
        var text = Encoding.ASCII.GetString(identity);
        return isSubtree
            ? text.Length > pattern.Length && text.EndsWith(pattern, StringComparison.OrdinalIgnoreCase)
            : text.Equals(pattern, StringComparison.OrdinalIgnoreCase);
    }
}
