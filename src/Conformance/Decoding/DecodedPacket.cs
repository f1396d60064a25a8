using System.Collections.Immutable;
using Ipsec.Packets;

namespace Conformance.Decoding;

/// <summary>Whether the integrity check value of a protected packet is right.</summary>
public enum IcvState
{
    /// <summary>Computed and equal.</summary>
    Verified,
    /// <summary>Computed and different.</summary>
    Wrong,
    /// <summary>Not computed; the reason stands beside it.</summary>
    NotChecked,
}

/// <summary>What became of one protected packet or message.</summary>
/// <param name="What">Such as <c>ESP 0x00000100</c> or <c>SK of IKE_AUTH request 1</c>.</param>
/// <param name="Reason">Why it was not decrypted, or its ICV not checked; empty when there is nothing to say.</param>
public sealed record Protection(string What, bool Decrypted, IcvState Icv, string Reason)
{
    /// <summary>False for AH: there is nothing to decrypt.</summary>
    public bool IsEncrypted { get; init; } = true;

    public bool IsReadable => Decrypted || !IsEncrypted;

    public override string ToString() =>
        $"{What}: {(!IsEncrypted ? "" : Decrypted ? "decrypted, " : "not decrypted, ")}ICV {Icv switch { IcvState.Verified => "verified", IcvState.Wrong => "WRONG", _ => "not checked" }}"
        + (Reason.Length == 0 ? "" : $" ({Reason})");
}

/// <summary>Something in a frame that is not as its RFC says.</summary>
/// <param name="Frame">From 1, as Wireshark counts.</param>
/// <param name="Layer">The protocol.</param>
/// <param name="Source">What the offset counts in; see <see cref="Field"/>.</param>
public sealed record Malformation(int Frame, string Layer, string Source, ParseError Error)
{
    public override string ToString() =>
        $"frame {Frame}, {Layer}, {(Source == "frame" ? "" : $"{Source}, ")}offset {Error.Offset}, {Error.Field}: {Error.Reason}";
}

/// <summary>One frame of a capture, decoded as far as octets and keys allow.</summary>
/// <param name="Layers">Outermost first; inner packets follow what carried them.</param>
/// <param name="Summary">One line.</param>
public sealed record DecodedPacket(
    int Frame, DateTimeOffset Time, string Summary, ImmutableArray<Field> Layers,
    ImmutableArray<Protection> Protections, ImmutableArray<Malformation> Malformations)
{
    /// <summary>The same typed, outermost first.</summary>
    internal IReadOnlyList<Sighting> Sightings { get; init; } = [];

    /// <summary>All layers of a protocol.</summary>
    public IEnumerable<Field> Layer(string name) => Layers.Where(layer => layer.Name == name);

    /// <summary>All fields of a name in the layers of a protocol.</summary>
    public IEnumerable<Field> Find(string layer, string field) => Layer(layer).SelectMany(found => found.Find(field));
}
