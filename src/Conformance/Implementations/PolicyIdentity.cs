using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Conformance.Implementations;

/// <summary>What an end calls itself: type and data of an ID payload (RFC 7296 section 3.5). A string by itself is a domain name.</summary>
public sealed record PolicyIdentity(IdentificationType Type, Octets Data)
{
    /// <summary>ID_NULL: nobody (RFC 7619 section 2.2).</summary>
    public static PolicyIdentity Nobody { get; } = new(IdentificationType.Null, Octets.Empty);

    public static PolicyIdentity Domain(string name) => new(IdentificationType.Fqdn, Encoding.ASCII.GetBytes(name));

    public static PolicyIdentity Mail(string address) => new(IdentificationType.Rfc822Addr, Encoding.UTF8.GetBytes(address));

    /// <summary>Of either family.</summary>
    public static PolicyIdentity Address(IPAddress address) =>
        new(address.AddressFamily == AddressFamily.InterNetworkV6 ? IdentificationType.Ipv6Addr : IdentificationType.Ipv4Addr, address.GetAddressBytes());

    /// <param name="name">Top-level component first, as "C=DE, O=Example, CN=gateway".</param>
    public static PolicyIdentity DistinguishedName(string name) =>
        new(IdentificationType.DerAsn1Dn, new X500DistinguishedName(name, X500DistinguishedNameFlags.None).RawData);

    public static PolicyIdentity KeyId(Octets value) => new(IdentificationType.KeyId, value);

    public static implicit operator PolicyIdentity(string domain) => Domain(domain);

    public IdentificationPayload Payload(PayloadType side) => new(side, Type, Data);

    /// <summary>Whether a payload has this identity. Two distinguished names are the same however their strings are encoded (RFC 5280 section 7.1).</summary>
    public bool IsIn(IdentificationPayload payload) =>
        payload.IdType == Type && (payload.Data == Data || Type == IdentificationType.DerAsn1Dn && Spelled(payload.Data) == Spelled(Data));

    /// <summary>For a person: text for names and addresses, hex for a key id.</summary>
    public override string ToString() => Type == IdentificationType.DerAsn1Dn ? Spelled(Data) ?? Data.ToString() : Payload(PayloadType.IdentificationInitiator).Identity;

    /// <summary>Null where the octets are no distinguished name.</summary>
    private static string? Spelled(Octets name)
    {
        try
        {
            return new X500DistinguishedName(name.Span).Decode(X500DistinguishedNameFlags.None);
        }
        catch (System.Security.Cryptography.CryptographicException)
        {
            return null;
        }
    }
}
