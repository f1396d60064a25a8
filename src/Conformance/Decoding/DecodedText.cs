using System.Globalization;

namespace Conformance.Decoding;

/// <summary>Decoded packets and ladders for a person to read.</summary>
public static class DecodedText
{
    /// <summary>A packet as a tree: a line a field, with offset and length in octets.</summary>
    public static void Write(TextWriter output, DecodedPacket packet)
    {
        output.WriteLine($"Frame {packet.Frame}  {packet.Time.ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture)}  {packet.Summary}");
        foreach (var layer in packet.Layers)
            Write(output, layer, "  ", "frame");
        foreach (var protection in packet.Protections)
            output.WriteLine($"  * {protection}");
        foreach (var malformation in packet.Malformations)
            output.WriteLine($"  ! malformed: {malformation}");
    }

    /// <summary>The ladders of all conversations.</summary>
    public static void Write(TextWriter output, Ladders ladders)
    {
        foreach (var conversation in ladders.Conversations)
        {
            output.WriteLine($"Conversation {conversation.Left} (left) and {conversation.Right} (right)");
            foreach (var rung in conversation.Rungs)
                output.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"  {rung.Since.TotalSeconds,12:0.000000} s  #{rung.Frame,-6} {(rung.FromLeft ? "------>" : "<------")}  {rung.Text}"));
            if (conversation.Unshown > 0)
                output.WriteLine($"  … and {conversation.Unshown} frames more");
        }
        if (ladders.Unshown > 0)
            output.WriteLine($"… and {ladders.Unshown} frames of other conversations");
    }

    private static void Write(TextWriter output, Field field, string indent, string source)
    {
        var place = field.Source == source ? "" : $" in {field.Source}";
        var value = field.Value.Length <= MaximumValue ? field.Value : $"{field.Value[..MaximumValue]}…";
        output.WriteLine($"{indent}{field.Name}{(value.Length == 0 ? "" : $": {value}")}  [{field.Offset}+{field.Length}{place}]");
        foreach (var child in field.Children)
            Write(output, child, indent + "  ", field.Source);
    }

    private const int MaximumValue = 100;
}
