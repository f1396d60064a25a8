namespace Ipsec.Packets.Ip;

/// <summary>
/// IPv4 option types: the whole octet with copied flag (bit 7), class (bits 6 and 5) and number (RFC 791 section 3.1), as IANA lists them.
/// </summary>
public static class Ipv4OptionType
{
    public const byte EndOfOptions = 0;
    public const byte NoOperation = 1;
    public const byte RecordRoute = 7;
    public const byte ExperimentalMeasurement = 10;
    public const byte MtuProbe = 11;
    public const byte MtuReply = 12;
    /// <summary>RFC 4782.</summary>
    public const byte QuickStart = 25;
    public const byte Timestamp = 68;
    public const byte Traceroute = 82;
    /// <summary>RFC 1108 section 2.</summary>
    public const byte Security = 130;
    public const byte LooseSourceRoute = 131;
    /// <summary>RFC 1108 section 3.</summary>
    public const byte ExtendedSecurity = 133;
    public const byte CommercialSecurity = 134;
    public const byte StreamId = 136;
    public const byte StrictSourceRoute = 137;
    public const byte ExtendedInternetProtocol = 145;
    public const byte AddressExtension = 147;
    /// <summary>RFC 2113.</summary>
    public const byte RouterAlert = 148;
    public const byte SelectiveDirectedBroadcast = 149;

    /// <summary>
    /// Whether routers may change the option, so that AH takes the whole of it as zeros (RFC 4302 appendix A1). Those that the appendix doesn't
    /// list count as mutable: nothing says that they arrive as they were sent.
    /// </summary>
    public static bool IsMutable(byte type) =>
        type is not (EndOfOptions or NoOperation or Security or ExtendedSecurity or CommercialSecurity or RouterAlert or SelectiveDirectedBroadcast);

    /// <summary>The usual name; the number for those without one here.</summary>
    public static string Name(byte type) => type switch
    {
        EndOfOptions => "End of Options List",
        NoOperation => "No Operation",
        RecordRoute => "Record Route",
        ExperimentalMeasurement => "Experimental Measurement",
        MtuProbe => "MTU Probe",
        MtuReply => "MTU Reply",
        QuickStart => "Quick-Start",
        Timestamp => "Timestamp",
        Traceroute => "Traceroute",
        Security => "Security",
        LooseSourceRoute => "Loose Source Route",
        ExtendedSecurity => "Extended Security",
        CommercialSecurity => "Commercial Security",
        StreamId => "Stream ID",
        StrictSourceRoute => "Strict Source Route",
        ExtendedInternetProtocol => "Extended Internet Protocol",
        AddressExtension => "Address Extension",
        RouterAlert => "Router Alert",
        SelectiveDirectedBroadcast => "Selective Directed Broadcast",
        _ => $"option {type}",
    };
}
