namespace Conformance.Requirements;

/// <summary>Whom a requirement binds.</summary>
public enum RequirementRole
{
    /// <summary>Every implementation, whichever part it plays.</summary>
    Both,

    /// <summary>Who sends the packet or message.</summary>
    Sender,

    /// <summary>Who receives the packet or message.</summary>
    Receiver,

    /// <summary>Who starts the exchange or the IKE SA.</summary>
    Initiator,

    /// <summary>Who answers the exchange or the IKE SA.</summary>
    Responder,

    /// <summary>A security gateway.</summary>
    Gateway,

    /// <summary>A host that protects its own traffic.</summary>
    Host,

    /// <summary>Who configures and runs the implementation.</summary>
    Administrator,

    /// <summary>Other documents and registries.</summary>
    Document,
}
