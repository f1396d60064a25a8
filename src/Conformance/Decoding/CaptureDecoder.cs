namespace Conformance.Decoding;

/// <summary>
/// Decodes frames one after the other: link, IP, UDP or TCP encapsulation, IKEv1, IKEv2, ESP, AH and what is inside. Any octets at all are fine:
/// nothing is thrown, and what is kept from frame to frame is bounded. Not thread-safe.
/// </summary>
/// <param name="keys">What to decrypt with; null for nothing.</param>
public sealed class CaptureDecoder(DecryptionKeys? keys = null)
{
    private readonly IpDissector _ip = new(keys ?? new());

    /// <summary>Ladders of the frames decoded so far.</summary>
    public Ladders Ladders { get; } = new();

    public DecodedPacket Decode(CaptureFrame frame)
    {
        var dissection = new Dissection(frame);
        if (LinkDissector.TryUnwrap(dissection, out var packet))
            _ip.Packet(dissection, packet);
        var decoded = dissection.Done();
        if (dissection.IsProtected && dissection.OuterSource is { } source && dissection.OuterDestination is { } destination)
            Ladders.Add(decoded, source, destination);
        return decoded;
    }
}
