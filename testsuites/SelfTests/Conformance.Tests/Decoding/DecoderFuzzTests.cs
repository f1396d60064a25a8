using System.Diagnostics;
using Conformance.Decoding;
using Conformance.Evidence;

namespace Conformance.Tests.Decoding;

/// <summary>
/// Real frames of our scenarios, damaged at random, with the keys that open the undamaged ones. IPSEC_FUZZ_DECODER_INPUTS says how many
/// (20,000 without it), IPSEC_FUZZ_SEED where to begin.
/// </summary>
public sealed class DecoderFuzzTests
{
    [Test]
    public async Task Decode_DamagedFrames_NeverThrowsAndStaysBounded()
    {
        var inputs = long.Parse(Environment.GetEnvironmentVariable("IPSEC_FUZZ_DECODER_INPUTS") ?? "20000");
        var seed = int.Parse(Environment.GetEnvironmentVariable("IPSEC_FUZZ_SEED") ?? "1");
        using var captures = await ScenarioCaptures.Make("IKEV2-DELETE-002", "ESP-CBC-001", "ESP-UDP-001", "ESP-ESN-001");
        var corpora = captures.Folders.Select(Load).ToArray();
        var random = new Random(seed);
        var watch = Stopwatch.StartNew();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (long input = 0; input < inputs; input++)
        {
            var (decoder, frames) = corpora[input % corpora.Length];
            var original = frames[random.Next(frames.Count)];
            var octets = Damage((byte[])original.Octets.Clone(), random);
            try
            {
                var packet = decoder.Decode(original with { Octets = octets, LinkType = random.Next(8) == 0 ? 101 : original.LinkType, Number = (int)input });
                using var text = new StringWriter();
                DecodedText.Write(text, packet);
            }
            catch (Exception error)
            {
                Assert.Fail($"seed {seed}, input {input}: {error}\n{Convert.ToHexStringLower(octets)}");
            }
        }
        var held = GC.GetTotalMemory(forceFullCollection: true) - before;
        await TestContext.Out.WriteLineAsync($"seed {seed}, {inputs} inputs, {inputs / watch.Elapsed.TotalSeconds:0} a second, {held / 1024} KiB held at the end");
        Assert.That(held, Is.LessThan(64 << 20));
    }

    private static byte[] Damage(byte[] octets, Random random)
    {
        for (var count = random.Next(1, 5); count > 0; count--)
        {
            var at = random.Next(octets.Length);
            switch (random.Next(4))
            {
                case 0:
                    octets[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    octets[at] = (byte)random.Next(256);
                    break;
                case 2:
                    octets = octets[..Math.Max(1, at)];
                    break;
                default:
                    octets = [.. octets[..at], (byte)random.Next(256), .. octets[at..]];
                    break;
            }
        }
        return octets;
    }

    private static (CaptureDecoder, List<CaptureFrame>) Load(string folder)
    {
        using var stream = File.OpenRead(Path.Combine(folder, "capture.pcapng"));
        var reader = CaptureFile.Open(stream);
        var frames = new List<CaptureFrame>();
        while (reader.Next() is { } frame)
            frames.Add(frame);
        return (new CaptureDecoder(DecryptionKeys.Load(Path.Combine(folder, WiresharkKeyFiles.IkeFileName), esp: Path.Combine(folder, WiresharkKeyFiles.EspFileName))), frames);
    }
}
