namespace Ipsec.Packets.Ike;

/// <summary>
/// Puzzle Solution payload PS (RFC 8019 section 8.2): the keys that solve the puzzle, one after the other, all of the same length
/// (their number and length follow from the puzzle).
/// </summary>
public sealed record PuzzleSolutionPayload(Octets Solution) : Payload
{
    public override PayloadType Type => PayloadType.PuzzleSolution;

    public override IEnumerable<string> Describe() => [$"solution {Solution}"];

    public override byte[] EncodeBody() => Solution.ToArray();

    internal static PuzzleSolutionPayload Parse(ref FieldReader reader) => new(reader.Rest());
}
