namespace Conformance.Requirements;

/// <summary>Compares requirements with the RFC that they paraphrase.</summary>
public static class RequirementVerification
{
    /// <summary>What is wrong, one sentence each; none if every normative sentence has its requirement, with level and hash, and no other is there.</summary>
    public static IReadOnlyList<string> Compare(IReadOnlyCollection<Requirement> requirements, IReadOnlyCollection<NormativeSentence> sentences)
    {
        var byId = requirements.ToDictionary(requirement => requirement.Id);
        var differences = new List<string>();
        foreach (var sentence in sentences)
        {
            if (!byId.Remove(sentence.Id, out var requirement))
                differences.Add($"{sentence.Id} ({sentence.Level}) is missing");
            else if (requirement.Sha8 != sentence.Sha8)
                differences.Add($"{sentence.Id} has sha8 {requirement.Sha8}, the RFC's sentence {sentence.Sha8}");
            else if (requirement.Level != sentence.Level)
                differences.Add($"{sentence.Id} is {requirement.Level}, the RFC's sentence {sentence.Level}");
        }
        differences.AddRange(byId.Keys.Order(StringComparer.Ordinal).Select(id => $"{id} is no normative sentence of the RFC"));
        return differences;
    }
}
