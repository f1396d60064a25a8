using System.Collections.Immutable;
using Ipsec.Packets.Ike;

namespace Conformance.Testing;

/// <summary>One line for a message, in the RFC's notation.</summary>
internal static class IkeSummary
{
    public static string Of(IkeHeader header, ImmutableArray<Payload> payloads, bool isProtected, string error = "")
    {
        var inside = string.Join(' ', payloads.Select(payload => payload.Notation));
        var content = error != "" ? $"malformed: {error}" : isProtected ? $"SK{{{inside}}}" : inside;
        return $"{header.ExchangeType.Notation()} {(header.IsResponse ? "response" : "request")} {header.MessageId}: {content}";
    }
}
