using System.Collections.Immutable;

namespace Conformance.Decoding;

/// <summary>One field of a decoded packet, or a group of them.</summary>
/// <param name="Name">In the RFC's words.</param>
/// <param name="Value">For a person.</param>
/// <param name="Offset">Octets from the start of <paramref name="Source"/>. Deciphered octets stand where their ciphertext stood.</param>
/// <param name="Length">Octets.</param>
/// <param name="Source">What offsets count in: <c>frame</c>, or the name of a buffer that was put together from several frames.</param>
public sealed record Field(string Name, string Value, int Offset, int Length, string Source, ImmutableArray<Field> Children)
{
    /// <summary>All fields of a name at any depth, in order.</summary>
    public IEnumerable<Field> Find(string name)
    {
        foreach (var child in Children)
        {
            if (child.Name == name)
                yield return child;
            foreach (var deeper in child.Find(name))
                yield return deeper;
        }
    }

    public override string ToString() => Value.Length == 0 ? Name : $"{Name}: {Value}";
}

/// <summary>Lays fields out one behind the other.</summary>
internal sealed class FieldWriter(int offset, string source)
{
    private readonly ImmutableArray<Field>.Builder _fields = ImmutableArray.CreateBuilder<Field>();

    /// <summary>Offset of the next field.</summary>
    public int Position { get; private set; } = offset;

    public FieldWriter Put(string name, string value, int length) => Add(new(name, value, Position, length, source, []));

    public FieldWriter Put(string name, ulong value, int length) => Put(name, $"{value}", length);

    public FieldWriter Group(string name, string value, int length, Action<FieldWriter> inside)
    {
        var writer = new FieldWriter(Position, source);
        inside(writer);
        return Add(new(name, value, Position, length, source, writer.Done()));
    }

    public FieldWriter Skip(int length)
    {
        Position += length;
        return this;
    }

    public ImmutableArray<Field> Done() => _fields.DrainToImmutable();

    private FieldWriter Add(Field field)
    {
        _fields.Add(field);
        Position += field.Length;
        return this;
    }
}

/// <summary>Octets on their way through the dissectors, with where they came from.</summary>
internal readonly record struct Slice(ReadOnlyMemory<byte> Memory, int Offset, string Source)
{
    public ReadOnlySpan<byte> Span => Memory.Span;

    public int Length => Memory.Length;

    public Slice From(int start) => new(Memory[start..], Offset + start, Source);

    public Slice Part(int start, int length) => new(Memory.Slice(start, length), Offset + start, Source);
}
