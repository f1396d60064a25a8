using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Conformance.Requirements;

/// <summary>A sentence with a capitalised keyword of RFC 2119, as the requirement files count them.</summary>
/// <param name="Id">RFC, section and ordinal among the normative sentences of the section: <c>RFC7296-2.1-6</c>.</param>
/// <param name="Level">The strongest keyword: MUST, MUST NOT, SHOULD, SHOULD NOT or MAY.</param>
/// <param name="Sha8">First 8 hex digits of the SHA-256 hash of the sentence with white space folded.</param>
public sealed partial record NormativeSentence(string Id, string Level, string Sha8)
{
    /// <summary>Keywords and the level that each stands for, the strongest first.</summary>
    private static readonly (string Keyword, string Level)[] Strength =
    [
        ("MUST NOT", "MUST NOT"), ("SHALL NOT", "MUST NOT"), ("MUST", "MUST"), ("SHALL", "MUST"), ("REQUIRED", "MUST"), ("MUST-", "MUST"),
        ("SHOULD NOT", "SHOULD NOT"), ("SHOULD NOT+", "SHOULD NOT"), ("NOT RECOMMENDED", "SHOULD NOT"), ("SHOULD+", "SHOULD"), ("SHOULD", "SHOULD"),
        ("SHOULD-", "SHOULD"), ("RECOMMENDED", "SHOULD"), ("MAY", "MAY"), ("MAY NOT", "MAY"), ("OPTIONAL", "MAY"),
    ];

    /// <summary>All of an RFC.</summary>
    /// <param name="rfc"><c>RFC7296</c>.</param>
    /// <param name="text">The RFC in plain text, with pages or without.</param>
    public static IReadOnlyList<NormativeSentence> Extract(string rfc, string text)
    {
        var counts = new Dictionary<string, int>();
        var sentences = new List<NormativeSentence>();
        foreach (var sentence in RfcText.Sentences(text))
        {
            var keywords = Keyword().Matches(sentence.Text).Select(match => match.Value).ToArray();
            if (keywords.Length == 0 || SpeaksOfKeywords(sentence))
                continue;
            counts[sentence.Section] = counts.GetValueOrDefault(sentence.Section) + 1;
            sentences.Add(new($"{rfc}-{sentence.Section}-{counts[sentence.Section]}", Strength.First(entry => keywords.Contains(entry.Keyword)).Level, Hash(sentence.Text)));
        }
        return sentences;
    }

    /// <summary>Whether the sentence explains the keywords or stands among references and names instead of demanding something.</summary>
    private static bool SpeaksOfKeywords(RfcSentence sentence)
    {
        var isAside = AsideTitle().IsMatch(sentence.Title) && !sentence.Title.Contains("algorithm", StringComparison.OrdinalIgnoreCase);
        return (isAside && (AsideText().IsMatch(sentence.Text) || EndTitle().IsMatch(sentence.Title))) || KeywordsExplained().IsMatch(sentence.Text);
    }

    private static string Hash(string sentence) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sentence)))[..8];

    [GeneratedRegex(@"\b(MUST NOT|MUST-|MUST(?! NOT)|SHALL NOT|SHALL(?! NOT)|SHOULD NOT\+?|SHOULD\+|SHOULD-|SHOULD(?! NOT)|NOT RECOMMENDED|RECOMMENDED|REQUIRED|MAY NOT|MAY|OPTIONAL)(?![A-Za-z_])")]
    private static partial Regex Keyword();

    [GeneratedRegex(
        "^((normative |informative |non-normative )?references?|acknowledge?ment|author|editor|contributors?|full copyright|bibliograph|intellectual prop"
        + "|table of contents|conventions|requirements (terminology|language|notation)|key ?words|specification of requirements)",
        RegexOptions.IgnoreCase)]
    private static partial Regex AsideTitle();

    [GeneratedRegex("interpreted|RFC ?2119|key ?words|\"MUST\"")]
    private static partial Regex AsideText();

    [GeneratedRegex("^(normative|informative|ref|ack|auth|contrib|full|table)", RegexOptions.IgnoreCase)]
    private static partial Regex EndTitle();

    [GeneratedRegex(
        """(are|is) to be interpreted as|key ?words .*MUST|RFC-?2119|"MUST",|"MUST NOT",|(SHOULD\+|MUST-|SHOULD-)"? (This|this|means|is defined)"""
        + "|significance of (each|this|these)|This word|This phrase|term(s)? (MUST|SHOULD)\\b")]
    private static partial Regex KeywordsExplained();
}
