namespace Ipsec.Packets;

/// <summary>Why octets could not be parsed.</summary>
/// <param name="Offset">Octets from the start of what was given to the parser to where the trouble is.</param>
/// <param name="Field">The field in the RFC's words.</param>
/// <param name="Reason">One phrase: what is there and what would be allowed.</param>
public readonly record struct ParseError(int Offset, string Field, string Reason)
{
    public override string ToString() => $"offset {Offset}, {Field}: {Reason}";
}
