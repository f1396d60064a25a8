using System.Globalization;
using Conformance.Decoding;
using Conformance.Evidence;
using Conformance.Tests.Evidence;

namespace Conformance.Tests.Decoding;

/// <summary>The decoder against the dissector that we did not write, on captures of our own scenarios, field by field.</summary>
public sealed class TsharkAgreementTests
{
    /// <summary>tshark's name of a field, where ours is, and how to bring both values to one form.</summary>
    private sealed record Comparison(string Theirs, string Layer, string Ours, Func<string, string> Normal);

    private static readonly Comparison[] Comparisons =
    [
        new("ip.src", "IPv4", "Source Address", Text),
        new("ip.dst", "IPv4", "Destination Address", Text),
        new("ip.len", "IPv4", "Total Length", Number),
        new("ip.id", "IPv4", "Identification", Number),
        new("ip.ttl", "IPv4", "Time to Live", Number),
        new("ip.proto", "IPv4", "Protocol", Number),
        new("ip.checksum", "IPv4", "Header Checksum", Number),
        new("udp.srcport", "UDP", "Source Port", Number),
        new("udp.dstport", "UDP", "Destination Port", Number),
        new("udp.length", "UDP", "Length", Number),
        new("udp.checksum", "UDP", "Checksum", Number),
        new("isakmp.ispi", "IKEv2", "Initiator SPI", Hex),
        new("isakmp.rspi", "IKEv2", "Responder SPI", Hex),
        new("isakmp.exchangetype", "IKEv2", "Exchange Type", Number),
        new("isakmp.flags", "IKEv2", "Flags", Number),
        new("isakmp.messageid", "IKEv2", "Message ID", Number),
        new("isakmp.length", "IKEv2", "Length", Number),
        new("isakmp.nonce", "IKEv2", "Nonce Data", Hex),
        new("isakmp.key_exchange.data", "IKEv2", "Key Exchange Data", Hex),
        new("isakmp.key_exchange.dh_group", "IKEv2", "Method", Number),
        new("isakmp.notify.msgtype", "IKEv2", "Notify Message Type", Number),
        new("isakmp.auth.method", "IKEv2", "Auth Method", Number),
        new("isakmp.id.type", "IKEv2", "ID Type", Number),
        new("isakmp.ts.start_port", "IKEv2", "Start Port", Number),
        new("isakmp.ts.end_port", "IKEv2", "End Port", Number),
        new("isakmp.ts.protoid", "IKEv2", "IP Protocol ID", Number),
        new("isakmp.ts.selector_length", "IKEv2", "Selector Length", Number),
        new("isakmp.tf.type", "IKEv2", "Transform Type", Number),
        new("isakmp.prop.transforms", "IKEv2", "Num Transforms", Number),
        new("isakmp.enc.iv", "IKEv2", "IV", Hex),
        new("isakmp.enc.pad_length", "IKEv2", "Pad Length", Number),
        new("esp.spi", "ESP", "SPI", Number),
        new("esp.sequence", "ESP", "Sequence Number", Number),
        new("esp.iv", "ESP", "IV", Hex),
        new("esp.pad_len", "ESP", "Pad Length", Number),
        new("esp.protocol", "ESP", "Next Header", Number),
        new("icmp.type", "ICMP", "Type", Number),
        new("icmp.code", "ICMP", "Code", Number),
        new("icmp.checksum", "ICMP", "Checksum", Number),
        new("tcp.srcport", "TCP", "Source Port", Number),
        new("tcp.window_size_value", "TCP", "Window", Number),
        new("tcp.checksum", "TCP", "Checksum", Number),
    ];

    [Test]
    public async Task Decode_CapturesOfOurScenarios_AgreesWithTsharkFieldByField()
    {
        Tshark.Require();
        using var captures = await ScenarioCaptures.Make(
            "IKEV2-INIT-*", "IKEV2-COOKIE-*", "IKEV2-AUTH-*", "IKEV2-DELETE-*", "IKEV2-NARROW-001", "IKEV2-CRITICAL-003", "IKEV2-UNKNOWN-003",
            "ESP-CBC-*", "ESP-GCM-*", "ESP-UDP-001", "ESP-TRANSPORT-001", "INTEROP-CBC384-001", "INTEROP-UDP-002");
        var frames = 0;
        var fields = 0;
        var disagreements = new List<string>();
        foreach (var folder in captures.Folders)
        {
            var capture = Path.Combine(folder, "capture.pcapng");
            var theirs = Tshark.Decode(capture, folder);
            var ours = Decode(capture, folder);
            Assert.That(ours, Has.Count.EqualTo(theirs.Count), folder);
            foreach (var (packet, frame) in ours.Zip(theirs))
            {
                // Where octets are wrong on purpose, dissectors may show different parts of them. tshark does not reassemble as we do, either.
                if (packet.Malformations.Length > 0 || frame.Has("_ws.malformed") || frame.Has("ip.fragments") || packet.Layer("IKEv2").Concat(packet.Layer("ESP")).Count() != 1
                    || packet.Protections.Any(protection => protection is not { Decrypted: true, Icv: IcvState.Verified }))
                    continue;
                // Of a dummy packet (no next header) tshark shows no trailer.
                if (packet.Find("ESP", "Next Header").Any(field => Number(field.Value) == "59"))
                    continue;
                frames++;
                foreach (var comparison in Comparisons)
                {
                    var mine = packet.Find(comparison.Layer, comparison.Ours).Select(field => comparison.Normal(field.Value)).ToArray();
                    var other = frame.Values(comparison.Theirs).Select(comparison.Normal).ToArray();
                    fields += mine.Length;
                    if (!mine.SequenceEqual(other))
                        disagreements.Add($"{Path.GetFileName(folder)} frame {packet.Frame} {comparison.Theirs}: ours {string.Join(' ', mine)}, tshark's {string.Join(' ', other)}");
                }
                var types = frame.Values("isakmp.typepayload").Select(int.Parse).Where(type => type >= 33).ToArray();
                var payloads = packet.Layer("IKEv2").SelectMany(PayloadTypes).ToArray();
                fields += payloads.Length;
                if (!types.SequenceEqual(payloads))
                    disagreements.Add($"{Path.GetFileName(folder)} frame {packet.Frame} payload types: ours {string.Join(' ', payloads)}, tshark's {string.Join(' ', types)}");
            }
        }
        await TestContext.Out.WriteLineAsync($"{frames} packets with IKE or ESP, {fields} fields compared");
        Assert.That(disagreements, Is.Empty);
        Assert.That(frames, Is.GreaterThanOrEqualTo(200));
        Assert.That(fields, Is.GreaterThan(5000));
    }

    private static List<DecodedPacket> Decode(string capture, string folder)
    {
        using var stream = File.OpenRead(capture);
        var reader = CaptureFile.Open(stream);
        var decoder = new CaptureDecoder(DecryptionKeys.Load(
            Path.Combine(folder, WiresharkKeyFiles.IkeFileName), esp: Path.Combine(folder, WiresharkKeyFiles.EspFileName)));
        var packets = new List<DecodedPacket>();
        while (reader.Next() is { } frame)
            packets.Add(decoder.Decode(frame));
        Assert.That(reader.Problem, Is.Null);
        return packets;
    }

    /// <summary>The payload types in order: each is in the next-payload field before it.</summary>
    private static IEnumerable<int> PayloadTypes(Field layer)
    {
        var first = int.Parse(Number(layer.Children.Single(field => field.Name == "Next Payload").Value), CultureInfo.InvariantCulture);
        return Chain(first, layer.Children);

        static IEnumerable<int> Chain(int next, IEnumerable<Field> fields)
        {
            foreach (var payload in fields.Where(field => field.Children.FirstOrDefault()?.Name == "Next Payload"))
            {
                yield return next;
                next = int.Parse(Number(payload.Children[0].Value), CultureInfo.InvariantCulture);
                foreach (var inner in Chain(next, payload.Children))
                    yield return inner;
            }
        }
    }

    private static string Text(string value) => value;

    private static string Hex(string value) => value.Replace(":", "", StringComparison.Ordinal);

    /// <summary>Decimal of "0x22", "34 (IKE_SA_INIT)", "34".</summary>
    private static string Number(string value)
    {
        var first = value.Split(' ')[0];
        return first.StartsWith("0x", StringComparison.Ordinal)
            ? ulong.Parse(first[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture)
            : first;
    }
}
