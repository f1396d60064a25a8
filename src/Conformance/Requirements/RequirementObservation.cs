namespace Conformance.Requirements;

/// <summary>Where a break of a requirement can be seen.</summary>
public enum RequirementObservation
{
    /// <summary>On the wire, by a scenario or a rule.</summary>
    Wire,

    /// <summary>Only inside the implementation or its management.</summary>
    Local,

    /// <summary>Nowhere: it binds no implementation, or nothing can break it.</summary>
    NotTestable,
}
