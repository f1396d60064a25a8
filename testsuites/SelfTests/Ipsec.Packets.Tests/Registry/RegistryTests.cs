namespace Ipsec.Packets.Tests.Registry;

/// <summary>Every value that the registries name has a member in the enum of its registry, and a member that the registries don't name is a mistake.</summary>
public sealed class RegistryTests
{
    private static readonly Lazy<Dictionary<string, List<(ulong Value, string Name)>>> Listed = new(Read);

    [TestCaseSource(nameof(Enums))]
    public void Registry_EveryNamedValue_HasAMember(string type)
    {
        var members = Members(type);
        Assert.That(Listed.Value[type].Where(entry => !members.ContainsKey(entry.Value)), Is.Empty);
    }

    [TestCaseSource(nameof(Enums))]
    public void Registry_EveryMember_IsNamedInTheList(string type)
    {
        var listed = Listed.Value[type].Select(entry => entry.Value).ToHashSet();
        Assert.That(Members(type).Where(member => !listed.Contains(member.Key)).Select(member => member.Value), Is.Empty);
    }

    private static Dictionary<ulong, string> Members(string type)
    {
        var found = typeof(Octets).Assembly.GetTypes().Single(candidate => candidate.IsEnum && candidate.IsPublic && candidate.Name == type);
        return Enum.GetValues(found).Cast<Enum>().ToDictionary(value => Convert.ToUInt64(value), value => $"{value}");
    }

    private static IEnumerable<string> Enums() => Listed.Value.Keys;

    private static Dictionary<string, List<(ulong, string)>> Read()
    {
        var listed = new Dictionary<string, List<(ulong, string)>>();
        foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "registries.txt")).Where(line => line.Length > 0 && line[0] != '#'))
        {
            var parts = line.Split(' ', 3);
            if (!listed.TryGetValue(parts[0], out var entries))
                listed.Add(parts[0], entries = []);
            entries.Add((ulong.Parse(parts[1]), parts[2]));
        }
        return listed;
    }
}
