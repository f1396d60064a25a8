using System.Collections.Immutable;
using System.Security.Cryptography;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>
/// The certificates of one message that stand elsewhere (RFC 7296 section 3.6): they are asked for, and the message waits until all have come or time is up. What has
/// come with the right hash takes the place of its payload; what has not is as if it had not been sent.
/// </summary>
/// <remarks>
/// Nobody gets this end to ask for anything who has not shown, by a message under the keys of IKE_SA_INIT, that it is where it says, and who is not one that
/// has to prove itself by certificate. How many URLs, how long, how large: <see cref="IkeOptions"/>.
/// </remarks>
internal sealed class CertificateLookup
{
    private const int MaximumPerMessage = 4, MaximumItems = 16;

    private readonly IkeContext _context;
    private readonly IkeSa _sa;
    private readonly ImmutableArray<Payload> _message;
    private readonly Action<DateTimeOffset, ImmutableArray<Payload>> _resume;
    private readonly Action _abandon;
    private readonly Dictionary<ulong, int> _awaited = [];
    private readonly Dictionary<int, ImmutableArray<CertificatePayload>> _found = [];

    private CertificateLookup(
        IkeContext context, IkeSa sa, DateTimeOffset now, ImmutableArray<Payload> message, Action<DateTimeOffset, ImmutableArray<Payload>> resume, Action abandon)
    {
        (_context, _sa, _message, _resume, _abandon) = (context, sa, message, resume, abandon);
        Deadline = now + context.Options.LookupLifetime;
    }

    public DateTimeOffset Deadline { get; }

    /// <summary>Begins where a peer's proof has URLs that this end looks up; false: the message is as good as it gets.</summary>
    /// <param name="resume">Called with the message made whole, as far as possible.</param>
    /// <param name="abandon">Called instead if the IKE SA is closed before.</param>
    public static bool TryBegin(
        IkeContext context, IkeSa sa, DateTimeOffset now, ImmutableArray<Payload> message, Action<DateTimeOffset, ImmutableArray<Payload>> resume, Action abandon)
    {
        if (!sa.Connection.LooksUpCertificates || !IsByCertificate(context, sa, message))
            return false;
        var lookup = new CertificateLookup(context, sa, now, message, resume, abandon);
        for (var index = 0; index < message.Length && lookup._awaited.Count < MaximumPerMessage; index++)
        {
            if (message[index] is not CertificatePayload { Encoding: CertificateEncoding.HashAndUrlOfX509Certificate or CertificateEncoding.HashAndUrlOfX509Bundle } payload
                || !HashAndUrl.TryParse(payload.Data, out var place) || !place.Url.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
                continue;
            if (context.Lookups.Count >= context.Options.MaximumLookups)
            {
                context.Violation(ProtocolViolation.AuthenticationFailed, sa.Remote, "too many certificates are being looked up");
                break;
            }
            var id = ++context.LastLookup;
            context.Lookups.Add(id, lookup);
            lookup._awaited.Add(id, index);
            context.Effects.Enqueue(new IkeEffect.LookUp(id, place.Url, context.Options.MaximumLookupLength));
        }
        if (lookup._awaited.Count == 0)
            return false;
        sa.Lookup = lookup;
        return true;
    }

    /// <summary>What is at the URL; null if nothing is.</summary>
    public void Take(DateTimeOffset now, ulong id, byte[]? content)
    {
        if (!_awaited.Remove(id, out var index))
            return;
        _context.Lookups.Remove(id);
        if (Read((CertificatePayload)_message[index], content, out var items) is { Length: > 0 } trouble)
            _context.Violation(ProtocolViolation.AuthenticationFailed, _sa.Remote, trouble);
        else
            _found.Add(index, items);
        if (_awaited.Count == 0)
            Resume(now);
    }

    /// <summary>Time is up.</summary>
    public void GiveUp(DateTimeOffset now)
    {
        Stop();
        Resume(now);
    }

    /// <summary>The IKE SA is closed.</summary>
    public void Cancel()
    {
        Stop();
        _abandon();
    }

    /// <summary>Whether the message proves its sender by a signature, and that one is known as somebody who has to.</summary>
    private static bool IsByCertificate(IkeContext context, IkeSa sa, ImmutableArray<Payload> message)
    {
        var side = sa.IsInitiator ? PayloadType.IdentificationResponder : PayloadType.IdentificationInitiator;
        return message.OfType<AuthenticationPayload>().FirstOrDefault() is { Method: not (AuthenticationMethod.SharedKey or AuthenticationMethod.NullAuthentication) }
            && message.OfType<IdentificationPayload>().FirstOrDefault(payload => payload.Side == side) is { } identity
            && Authentication.Find(context, sa.Connection, identity) is { TrustAnchors.IsEmpty: false };
    }

    private string Read(CertificatePayload payload, byte[]? content, out ImmutableArray<CertificatePayload> items)
    {
        items = [];
        if (content is null || content.Length > _context.Options.MaximumLookupLength)
            return "a certificate was not found where the peer says it is";
        if (!HashAndUrl.TryParse(payload.Data, out var place) || !SHA1.HashData(content).AsSpan().SequenceEqual(place.Hash.Span))
            return "what was found has another hash than the peer says";
        if (payload.Encoding == CertificateEncoding.HashAndUrlOfX509Certificate)
            items = [new(CertificateEncoding.X509CertificateSignature, content)];
        else if (!CertificateBundle.TryParse(content, MaximumItems, out items))
            return "what was found is no bundle of certificates";
        return "";
    }

    private void Stop()
    {
        foreach (var id in _awaited.Keys)
        {
            _context.Lookups.Remove(id);
            _context.Effects.Enqueue(new IkeEffect.StopLookingUp(id));
        }
        _awaited.Clear();
    }

    private void Resume(DateTimeOffset now)
    {
        _sa.Lookup = null;
        _resume(now, [.. _message.SelectMany((payload, index) => _found.TryGetValue(index, out var items) ? [.. items] : ImmutableArray.Create(payload))]);
    }
}
