using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Conformance.Tests.Evidence;

/// <summary>Runs tshark, the dissector that we did not write, over a capture and its key files.</summary>
internal static class Tshark
{
    private static readonly Lazy<(Version? Version, string WhyMissing)> Installed = new(FindInstalled);

    /// <summary>True where the ICV of an SA with extended sequence numbers is checked rightly: proven with 4.4, not so in 4.0.</summary>
    public static bool KnowsExtendedSequenceNumbers => Installed.Value.Version >= new Version(4, 4);

    /// <summary>Ignores the running test, with the reason, where tshark is not installed.</summary>
    public static void Require()
    {
        if (Installed.Value.Version is null)
        {
            Assert.Ignore(Installed.Value.WhyMissing);
        }
    }

    /// <summary>Decodes every frame of a capture.</summary>
    /// <param name="capture">Path of a pcapng.</param>
    /// <param name="profile">Folder with <c>ikev2_decryption_table</c>, <c>esp_sa</c> and <c>preferences</c>, taken as they are; null for none.</param>
    public static IReadOnlyList<DecodedFrame> Decode(string capture, string? profile)
    {
        var output = Run(profile, "-r", capture, "-T", "json");
        using var json = JsonDocument.Parse(output);
        return [.. json.RootElement.EnumerateArray().Select(frame => new DecodedFrame(frame.GetProperty("_source").GetProperty("layers").Clone()))];
    }

    private static string Run(string? profile, params string[] arguments)
    {
        var empty = Directory.CreateTempSubdirectory("tshark-empty-profile-").FullName;
        try
        {
            var start = new ProcessStartInfo("tshark", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
            start.Environment["WIRESHARK_CONFIG_DIR"] = profile ?? empty;
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.That(process.ExitCode, Is.Zero, () => $"tshark {string.Join(' ', arguments)}: {errors.Result}");
            Assert.That(errors.Result, Does.Not.Contain("rror"), "tshark complained of a key file or the capture");
            return output;
        }
        finally
        {
            Directory.Delete(empty, recursive: true);
        }
    }

    private static (Version? Version, string WhyMissing) FindInstalled()
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("tshark", ["--version"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            var version = Regex.Match(output, @"^TShark \(Wireshark\) (\d+\.\d+\.\d+)", RegexOptions.Multiline).Groups[1].Value;
            return Version.TryParse(version, out var known) ? (known, "") : (null, $"tshark --version says no version: {output}");
        }
        catch (Win32Exception)
        {
            return (null, "tshark is not installed (apt-get install tshark).");
        }
    }
}

/// <summary>One frame as tshark decodes it.</summary>
internal sealed class DecodedFrame(JsonElement layers)
{
    /// <summary>All values of a field such as <c>esp.spi</c>, at any depth, in order.</summary>
    public IReadOnlyList<string> Values(string field) => [.. Find(layers, field)];

    /// <summary>True where the field or protocol occurs at any depth.</summary>
    public bool Has(string field) => Values(field).Count > 0;

    /// <summary>
    /// What of the frame tshark could not decrypt or did not find authentic: empty when every encrypted IKE payload and every ESP packet
    /// of it was opened, and also when it has none.
    /// </summary>
    public IReadOnlyList<string> Unopened
    {
        get
        {
            var faults = new List<string>();
            AddIf(Values("isakmp.enc.iv").Count != Values("isakmp.enc.decrypted").Count, "an encrypted IKE payload is not decrypted");
            AddIf(Has("isakmp.ikev2.integrity_checksum"), "the ICV of an encrypted IKE payload is wrong");
            AddIf(Values("esp.spi").Count != Values("esp.protocol").Count, "an ESP packet is not decrypted");
            AddIf(Values("esp.spi").Count != Values("esp.icv_good").Count(good => good == "1"), "the ICV of an ESP packet is wrong");
            return faults;

            void AddIf(bool fault, string sentence)
            {
                if (fault)
                {
                    faults.Add(sentence);
                }
            }
        }
    }

    public override string ToString() => layers.GetRawText();

    private static IEnumerable<string> Find(JsonElement element, string field)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            return element.EnumerateArray().SelectMany(item => Find(item, field));
        }

        return element.ValueKind == JsonValueKind.Object
            ? element.EnumerateObject().SelectMany(member => Own(member, field).Concat(Find(member.Value, field)))
            : [];
    }

    private static IEnumerable<string> Own(JsonProperty member, string field)
    {
        if (member.Name != field)
        {
            return [];
        }

        return member.Value.ValueKind == JsonValueKind.Array
            ? member.Value.EnumerateArray().Select(value => value.ToString())
            : [member.Value.ToString()];
    }
}
