using System.Text.Json;

namespace Conformance.Decoding;

/// <summary>Decoded packets and ladders as one JSON document, written as the capture is read.</summary>
public sealed class DecodedJson : IDisposable
{
    private readonly Utf8JsonWriter _json;

    /// <summary>Begins the document.</summary>
    public DecodedJson(Stream stream)
    {
        _json = new(stream, new() { Indented = true });
        _json.WriteStartObject();
        _json.WriteStartArray("packets");
    }

    public void Write(DecodedPacket packet)
    {
        _json.WriteStartObject();
        _json.WriteNumber("frame", packet.Frame);
        _json.WriteString("time", packet.Time);
        _json.WriteString("summary", packet.Summary);
        Write("layers", packet.Layers);
        _json.WriteStartArray("protections");
        foreach (var protection in packet.Protections)
        {
            _json.WriteStartObject();
            _json.WriteString("what", protection.What);
            _json.WriteBoolean("decrypted", protection.Decrypted);
            _json.WriteString("icv", protection.Icv switch { IcvState.Verified => "verified", IcvState.Wrong => "wrong", _ => "not checked" });
            _json.WriteString("reason", protection.Reason);
            _json.WriteEndObject();
        }
        _json.WriteEndArray();
        _json.WriteStartArray("malformations");
        foreach (var malformation in packet.Malformations)
        {
            _json.WriteStartObject();
            _json.WriteNumber("frame", malformation.Frame);
            _json.WriteString("layer", malformation.Layer);
            _json.WriteString("source", malformation.Source);
            _json.WriteNumber("offset", malformation.Error.Offset);
            _json.WriteString("field", malformation.Error.Field);
            _json.WriteString("reason", malformation.Error.Reason);
            _json.WriteEndObject();
        }
        _json.WriteEndArray();
        _json.WriteEndObject();
        if (_json.BytesPending > 1 << 16)
            _json.Flush();
    }

    /// <summary>Ends the document.</summary>
    public void Finish(Ladders ladders, CaptureProblem? problem)
    {
        _json.WriteEndArray();
        _json.WriteStartArray("conversations");
        foreach (var conversation in ladders.Conversations)
        {
            _json.WriteStartObject();
            _json.WriteString("left", conversation.Left.ToString());
            _json.WriteString("right", conversation.Right.ToString());
            _json.WriteStartArray("ladder");
            foreach (var rung in conversation.Rungs)
            {
                _json.WriteStartObject();
                _json.WriteNumber("frame", rung.Frame);
                _json.WriteNumber("seconds", rung.Since.TotalSeconds);
                _json.WriteBoolean("fromLeft", rung.FromLeft);
                _json.WriteString("text", rung.Text);
                _json.WriteEndObject();
            }
            _json.WriteEndArray();
            _json.WriteNumber("unshown", conversation.Unshown);
            _json.WriteEndObject();
        }
        _json.WriteEndArray();
        if (problem is null)
            _json.WriteNull("problem");
        else
            _json.WriteString("problem", problem.ToString());
        _json.WriteEndObject();
        _json.Flush();
    }

    public void Dispose() => _json.Dispose();

    private void Write(string name, IEnumerable<Field> fields)
    {
        _json.WriteStartArray(name);
        foreach (var field in fields)
        {
            _json.WriteStartObject();
            _json.WriteString("name", field.Name);
            _json.WriteString("value", field.Value);
            _json.WriteNumber("offset", field.Offset);
            _json.WriteNumber("length", field.Length);
            if (field.Source != "frame")
                _json.WriteString("source", field.Source);
            if (field.Children.Length > 0)
                Write("fields", field.Children);
            _json.WriteEndObject();
        }
        _json.WriteEndArray();
    }
}
