using System.Collections.Immutable;
using System.Net;
using Ipsec.Packets;

namespace Conformance.Decoding;

/// <summary>What the dissectors gather of one frame.</summary>
internal sealed class Dissection(CaptureFrame frame)
{
    /// <summary>Protocols in protocols, at most: hostile nesting ends here.</summary>
    public const int MaximumDepth = 32;

    private readonly List<Field> _layers = [];
    private readonly List<Protection> _protections = [];
    private readonly List<Malformation> _malformations = [];
    private readonly List<Sighting> _sightings = [];

    public CaptureFrame Frame => frame;

    /// <summary>How deep in each other the protocols are by now.</summary>
    public int Depth { get; set; }

    /// <summary>Of the outermost IP header; null before one is found.</summary>
    public IPAddress? OuterSource { get; set; }

    public IPAddress? OuterDestination { get; set; }

    /// <summary>Of the innermost IP header so far.</summary>
    public IPAddress Source { get; set; } = IPAddress.None;

    public IPAddress Destination { get; set; } = IPAddress.None;

    /// <summary>What the frame is about, most telling part last.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>Whether IKE, ESP or AH is in it: what the ladders show.</summary>
    public bool IsProtected { get; set; }

    /// <summary>What the next sighting stands in.</summary>
    public Sighting? Carrier { get; set; }

    public T See<T>(T sighting) where T : Sighting
    {
        _sightings.Add(sighting);
        Carrier = sighting;
        return sighting;
    }

    public void Layer(string name, string value, Slice slice, int length, Action<FieldWriter> fields)
    {
        var writer = new FieldWriter(slice.Offset, slice.Source);
        fields(writer);
        _layers.Add(new(name, value, slice.Offset, length, slice.Source, writer.Done()));
    }

    /// <param name="error">Its offset counts from the start of <paramref name="slice"/>.</param>
    public void Malformed(string layer, Slice slice, ParseError error)
    {
        var reason = error.Reason;
        if (frame.OriginalLength > frame.Octets.Length)
            reason += $" (the capture kept {frame.Octets.Length} of the frame's {frame.OriginalLength} octets)";
        _malformations.Add(new(frame.Number, layer, slice.Source, error with { Offset = slice.Offset + error.Offset, Reason = reason }));
    }

    public void Protected(Protection protection) => _protections.Add(protection);

    public DecodedPacket Done()
    {
        if (_malformations.Count > 0)
            Notes.Add("[malformed]");
        return new(
            frame.Number, frame.Time, string.Join(" | ", Notes), [.. _layers], [.. _protections], _malformations.ToImmutableArray())
        {
            Sightings = _sightings,
        };
    }
}
