using System.Collections.Immutable;
using Ipsec.Packets;

namespace Conformance.KnownAnswers;

/// <summary>A file of vectors cannot be read. The message names file and place.</summary>
public sealed class VectorFileException(string message) : Exception(message);

/// <summary>
/// Our own format: lines of a keyword and a value. <c>source</c>, <c>section</c>, <c>kind</c> and <c>algorithm</c> (one or more names) hold until they are
/// given again; <c>case</c> begins a case, whose other lines are fields in hex, and <c>result invalid</c> makes it one that must be refused. A line
/// that begins with blanks continues the value above; <c>#</c> begins a comment.
/// </summary>
public static class VectorFile
{
    /// <exception cref="VectorFileException">A line is none of the format's.</exception>
    public static ImmutableArray<KnownAnswer> Read(TextReader reader, string name) => new Parser(name).Run(reader);

    private sealed class Parser(string name)
    {
        private readonly ImmutableArray<KnownAnswer>.Builder _answers = ImmutableArray.CreateBuilder<KnownAnswer>();
        private readonly Dictionary<string, string> _heading = [];
        private readonly Dictionary<string, string> _fields = [];
        private string? _case;
        private bool _valid = true;
        private int _line;

        public ImmutableArray<KnownAnswer> Run(TextReader reader)
        {
            string keyword = "", value = "";
            while (reader.ReadLine() is { } line)
            {
                _line++;
                if (line.StartsWith(' ') && keyword.Length > 0)
                {
                    value += line.Trim();
                    continue;
                }
                Take(keyword, value);
                (keyword, value) = line.Length == 0 || line[0] == '#' ? ("", "") : Split(line);
            }
            Take(keyword, value);
            EndCase();
            return _answers.ToImmutable();
        }

        private static (string Keyword, string Value) Split(string line)
        {
            var blank = line.IndexOf(' ');
            return blank < 0 ? (line, "") : (line[..blank], line[(blank + 1)..].Trim());
        }

        private void Take(string keyword, string value)
        {
            switch (keyword)
            {
                case "":
                    break;
                case "source" or "section" or "kind" or "algorithm":
                    EndCase();
                    _heading[keyword] = value;
                    break;
                case "case":
                    EndCase();
                    _case = value;
                    break;
                case "result":
                    _valid = value switch { "valid" => true, "invalid" => false, _ => throw Wrong($"result '{value}'") };
                    break;
                default:
                    _fields[keyword] = _case is null ? throw Wrong($"'{keyword}' outside a case") : value;
                    break;
            }
        }

        private void EndCase()
        {
            if (_case is null)
                return;
            if (!Enum.TryParse<KnownAnswerKind>(Heading("kind").Replace("-", ""), ignoreCase: true, out var kind))
                throw Wrong($"kind '{Heading("kind")}'");
            var fields = _fields.ToImmutableDictionary(field => field.Key, field => Hex(field.Value));
            foreach (var algorithm in Heading("algorithm").Split(' '))
                _answers.Add(new(Heading("source"), Heading("section"), _case, algorithm, kind, _valid, fields));
            _fields.Clear();
            _case = null;
            _valid = true;
        }

        private string Heading(string keyword) => _heading.TryGetValue(keyword, out var value) ? value : throw Wrong($"no {keyword} above the case");

        private Octets Hex(string value)
        {
            try
            {
                return Octets.TakeOver(Convert.FromHexString(value));
            }
            catch (FormatException)
            {
                throw Wrong($"'{value}' is no hex");
            }
        }

        private VectorFileException Wrong(string what) => new($"{name}: case '{_case}' before line {_line}: {what}");
    }
}
