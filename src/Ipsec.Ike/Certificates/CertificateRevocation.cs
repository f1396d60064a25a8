using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using Ipsec.Packets;

namespace Ipsec.Ike;

/// <summary>What CRLs say of the certificates of a chain (RFC 5280 section 6.3.3, RFC 4945 section 5.2).</summary>
internal static class CertificateRevocation
{
    /// <summary>Empty, or why the chain is not to be trusted.</summary>
    /// <param name="chain">Each certificate behind those that it has issued, the trust anchor last: of that one nothing is asked.</param>
    /// <param name="sent">CRLs from the peer.</param>
    public static string Check(IReadOnlyList<X509Certificate2> chain, RevocationPolicy policy, IEnumerable<Octets> sent, DateTimeOffset now)
    {
        var lists = new List<RevocationList>();
        foreach (var octets in policy.Lists.Concat(sent))
            if (RevocationList.TryParse(octets.Span, out var list) && list.IsUnderstood)
                lists.Add(list);
        for (var index = 0; index < chain.Count - 1; index++)
        {
            var certificate = chain[index];
            var ofIssuer = lists.Where(list => list.IsBy(chain[index + 1])).ToImmutableArray();
            // RFC 4945 section 5.2.1: one source is enough.
            if (ofIssuer.Any(list => list.Names(certificate)))
                return $"the certificate of {certificate.Subject} is revoked";
            if (policy.IsStrict && !ofIssuer.Any(list => list.IsCurrent(now)))
                return $"no current CRL says of the certificate of {certificate.Subject} that it is not revoked";
        }
        return "";
    }
}
