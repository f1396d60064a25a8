namespace Ipsec.Crypto;

/// <summary>How strongly an RFC asks implementations for an algorithm: RFC 8247 for IKEv2, RFC 8221 for ESP and AH.</summary>
public enum Recommendation
{
    /// <summary>The RFC does not speak of it: optional.</summary>
    Unlisted,
    Must,
    /// <summary>MUST, expected to be lowered.</summary>
    MustMinus,
    /// <summary>SHOULD, expected to be raised.</summary>
    ShouldPlus,
    Should,
    /// <summary>SHOULD for constrained devices ("IoT"), MAY for others.</summary>
    ShouldForIot,
    May,
    ShouldNot,
    MustNot,
}

/// <summary>Where an algorithm may be used. None: it is known only so that it can be refused.</summary>
[Flags]
public enum SecurityProtocols
{
    None = 0,
    Ike = 1,
    Esp = 2,
    Ah = 4,
}
