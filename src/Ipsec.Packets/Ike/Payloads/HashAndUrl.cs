using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Ipsec.Packets.Ike;

/// <summary>
/// Certificate Data of the encodings 12 and 13 (RFC 7296 section 3.6): the SHA-1 hash (20 octets) of what is at the URL, then the URL to the end of the payload.
/// </summary>
/// <param name="Hash">20 octets.</param>
/// <param name="Url">Printable ASCII without spaces.</param>
public sealed record HashAndUrl(Octets Hash, string Url)
{
    private const int HashLength = 20, MaximumUrlLength = 2048;

    public byte[] Encode() => [.. Hash.Span, .. Encoding.ASCII.GetBytes(Url)];

    /// <summary>False if the data is shorter than a hash and one character, or what follows is longer than 2048 octets or not printable ASCII.</summary>
    public static bool TryParse(Octets data, [NotNullWhen(true)] out HashAndUrl? value)
    {
        value = null;
        if (data.Length is <= HashLength or > HashLength + MaximumUrlLength || data.Span[HashLength..].ContainsAnyExceptInRange((byte)'!', (byte)'~'))
            return false;
        value = new(new(data.Span[..HashLength]), Encoding.ASCII.GetString(data.Span[HashLength..]));
        return true;
    }
}
