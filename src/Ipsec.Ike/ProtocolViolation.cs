namespace Ipsec.Ike;

/// <summary>The ways in which a peer can break the protocol, each with the requirement that it breaks.</summary>
public enum ProtocolViolation
{
    /// <summary>RFC7296-3.1: no IKE header, or a Length that isn't the datagram's.</summary>
    MalformedHeader,
    /// <summary>RFC7296-2.5: a major version above 2.</summary>
    UnsupportedMajorVersion,
    /// <summary>RFC7296-2.21.4: a message for an IKE SA that isn't here.</summary>
    UnknownIkeSpi,
    /// <summary>RFC7296-2.3: a request outside the window.</summary>
    MessageIdOutsideWindow,
    /// <summary>RFC7296-2.1: a request with the message id of another one.</summary>
    DifferentRequestWithSameMessageId,
    /// <summary>RFC7296-2.2: a response that nothing asked for.</summary>
    UnexpectedResponse,
    /// <summary>RFC7296-3.14: no encrypted payload where one must be, or a wrong ICV.</summary>
    IntegrityCheckFailed,
    /// <summary>RFC7296-3: payloads that can't be read.</summary>
    MalformedPayload,
    /// <summary>RFC7296-2.5-9: an unknown payload with the critical bit.</summary>
    UnsupportedCriticalPayload,
    /// <summary>RFC7296-1.2: a payload of the exchange is missing.</summary>
    MissingPayload,
    /// <summary>RFC7296-2.10: a nonce shorter than 16 or longer than 256 octets.</summary>
    BadNonceLength,
    /// <summary>RFC7296-2.7: the responder chose what was not offered.</summary>
    ChoiceNotOffered,
    /// <summary>RFC6989-2: key exchange data that fails the checks of its method.</summary>
    BadKeyExchangeData,
    /// <summary>RFC7296-2.15: AUTH is wrong.</summary>
    AuthenticationFailed,
    /// <summary>RFC7296-2.9: the responder's selectors are no subset of the offered ones.</summary>
    SelectorsNotOffered,
    /// <summary>RFC7296-2.6: a cookie that isn't ours, or is too old.</summary>
    BadCookie,
    /// <summary>RFC7383-2.6: a fragment whose numbers make no sense, or more of them than are kept.</summary>
    BadFragment,
    /// <summary>RFC7296-2.2: the exchange type doesn't fit the state.</summary>
    UnexpectedExchange,
}
