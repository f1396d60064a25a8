using System.Text.RegularExpressions;

namespace Conformance.Requirements;

/// <summary>One sentence, or one row of a table, of an RFC.</summary>
/// <param name="Section"><c>2.1</c>, <c>A</c>, <c>D.2</c>; <c>0</c> before the first heading, <c>Z</c> in the unnumbered end matter.</param>
/// <param name="Title">The section's.</param>
/// <param name="Text">White space folded; a row of a table begins with <c>TABLE</c>.</param>
internal readonly record struct RfcSentence(string Section, string Title, string Text);

/// <summary>Reads the sentences out of an RFC in plain text.</summary>
internal sealed partial class RfcText
{
    private static readonly string[] Abbreviations = ["e.g.", "i.e.", "etc.", "cf.", "vs.", "Sec.", "sec.", "Fig.", "No.", "resp.", "al.", "approx.", "Inc.", "D.H."];

    private readonly List<RfcSentence> _sentences = [];
    private readonly List<string> _paragraph = [];
    private RfcSectionNumber? _number;
    private string _section = "0";
    private string _title = "front";

    private RfcText()
    {
    }

    public static IReadOnlyList<RfcSentence> Sentences(string text)
    {
        var rfc = new RfcText();
        foreach (var line in RfcPages.Join(text))
            rfc.Add(line);
        rfc.EndParagraph();
        return rfc._sentences;
    }

    private void Add(string line)
    {
        if (BeginsSection(line))
            return;
        if (EndMatter().IsMatch(line))
        {
            EndParagraph();
            (_section, _title) = ("Z", line.Trim());
        }
        else if (string.IsNullOrWhiteSpace(line))
        {
            EndParagraph();
        }
        else if (BarredRow().IsMatch(line) || RowThatBeginsWithLevel().IsMatch(line) || RowThatHasLevel().IsMatch(line))
        {
            EndParagraph();
            _sentences.Add(new(_section, _title, "TABLE " + Fold(line.Trim())));
        }
        else
        {
            if (Item().IsMatch(line))
                EndParagraph();
            _paragraph.Add(line.Trim());
        }
    }

    private bool BeginsSection(string line)
    {
        var heading = Heading().Match(line);
        if (!heading.Success || (_number is null ? TableOfContentsLine() : DottedLine()).IsMatch(line))
            return false;
        var number = RfcSectionNumber.Parse(heading.Groups["number"].Value);
        var title = heading.Groups["title"].Value;
        if (!number.CanFollow(_number) || title.Length >= 90)
            return false;
        EndParagraph();
        (_number, _section, _title) = (number, heading.Groups["number"].Value.Split(' ')[^1], title.Trim());
        return true;
    }

    private void EndParagraph()
    {
        var text = string.Concat(_paragraph.Select(line => line + ' '));
        _sentences.AddRange(Split(text).Select(sentence => new RfcSentence(_section, _title, Fold(sentence))));
        _paragraph.Clear();
    }

    /// <summary>Cuts where a full stop, white space and the likes of a capital letter follow each other, unless an abbreviation or initial ends there.</summary>
    private static IEnumerable<string> Split(string text)
    {
        var start = 0;
        foreach (Match end in SentenceEnd().Matches(text))
        {
            var sentence = text[start..(end.Index + end.Length)].Trim();
            var lastWord = sentence.Split(' ')[^1];
            if (Abbreviations.Any(abbreviation => lastWord.EndsWith(abbreviation, StringComparison.Ordinal)) || Initial().IsMatch(lastWord))
                continue;
            yield return sentence;
            start = end.Index + end.Length;
        }
        if (!string.IsNullOrWhiteSpace(text[start..]))
            yield return text[start..].Trim();
    }

    private static string Fold(string text) => WhiteSpace().Replace(text, " ");

    [GeneratedRegex(@"^ ?(?<number>\d{1,2}(?:\.\d{1,2})*|Appendix [A-Z]|APPENDIX [A-Z]|[A-Z](?:\.\d{1,2})+)[.:]?\s+(?<title>\S.*)$")]
    private static partial Regex Heading();

    [GeneratedRegex(@"(\. ?){3,}|\.{3,}\s*\d+$|\s\d+\s*$")]
    private static partial Regex TableOfContentsLine();

    [GeneratedRegex(@"(\. ?){4,}")]
    private static partial Regex DottedLine();

    [GeneratedRegex(@"^(Acknowledge?ments?|Authors?\W|Full Copyright|References|Contributors)")]
    private static partial Regex EndMatter();

    [GeneratedRegex(@"^\s*\|.*\|\s*$")]
    private static partial Regex BarredRow();

    [GeneratedRegex(@"^\s*(MUST|SHOULD|MAY|MUST NOT|SHOULD NOT|OPTIONAL|REQUIRED)[+-]?\s{2,}\S")]
    private static partial Regex RowThatBeginsWithLevel();

    [GeneratedRegex(@"^\s+\S.{0,40}\s{2,}(MUST|SHOULD|MAY|MUST NOT|SHOULD NOT|OPTIONAL|REQUIRED)[+-]?(\s{2,}.*)?$")]
    private static partial Regex RowThatHasLevel();

    [GeneratedRegex(@"^\s*([o*+]|-|\(?[a-zA-Z0-9]{1,2}[.)])\s+\S")]
    private static partial Regex Item();

    [GeneratedRegex("""[.!?](?:["')\]]*)\s+(?=["'(\[]?[A-Z0-9o*])""")]
    private static partial Regex SentenceEnd();

    [GeneratedRegex(@"\b[A-Z]\.$")]
    private static partial Regex Initial();

    [GeneratedRegex(@"\s+")]
    private static partial Regex WhiteSpace();
}
