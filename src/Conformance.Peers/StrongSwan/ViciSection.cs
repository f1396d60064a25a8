namespace Conformance.Peers.StrongSwan;

/// <summary>
/// One section of a raw vici message as swanctl prints it: "{key=value list=[a b] name {…}}". Values have no spaces outside lists.
/// </summary>
internal sealed class ViciSection
{
    private readonly Dictionary<string, string> _values = [];

    public Dictionary<string, ViciSection> Sections { get; } = [];

    /// <summary>A value by its key, empty if there is none; a list with its brackets.</summary>
    public string this[string key] => _values.GetValueOrDefault(key, "");

    /// <summary>Reads one section. Lenient: what is cut off is missing.</summary>
    public static ViciSection Parse(string text)
    {
        var at = text.IndexOf('{') + 1;
        return Read(text, ref at);
    }

    private static ViciSection Read(string text, ref int at)
    {
        var section = new ViciSection();
        while (at < text.Length)
        {
            switch (text[at])
            {
                case ' ':
                    at++;
                    break;
                case '}':
                    at++;
                    return section;
                default:
                    section.ReadMember(text, ref at);
                    break;
            }
        }
        return section;
    }

    private void ReadMember(string text, ref int at)
    {
        var name = ReadUntil(text, ref at, "={} ");
        if (at < text.Length && text[at] == '=')
        {
            at++;
            _values[name] = at < text.Length && text[at] == '[' ? ReadList(text, ref at) : ReadUntil(text, ref at, "} ");
            return;
        }
        while (at < text.Length && text[at] == ' ')
            at++;
        if (at < text.Length && text[at] == '{')
        {
            at++;
            Sections[name] = Read(text, ref at);
        }
    }

    private static string ReadList(string text, ref int at)
    {
        var list = ReadUntil(text, ref at, "]");
        at = Math.Min(at + 1, text.Length);
        return list + "]";
    }

    private static string ReadUntil(string text, ref int at, string ends)
    {
        var start = at;
        while (at < text.Length && !ends.Contains(text[at]))
            at++;
        return text[start..at];
    }
}
