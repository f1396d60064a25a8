using System.Buffers.Binary;
using System.Collections.Immutable;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ip;

namespace Conformance.Suites.Robustness;

/// <summary>Fragments of protected packets that never complete, overlap, repeat or reach too far: honest traffic, in fragments too, goes on.</summary>
public sealed class HostileFragments : KeyedScenario
{
    private const int Mtu = 1400, LargeEcho = 3000;

    private static readonly ImmutableArray<KeyedForm> Forms = [.. KeyedForm.Of(ManualLayer.Esp, "ESP").Where(form => form.Word is "T44" or "T46" or "T66" or "T64")];

    public static IEnumerable<ScenarioCase> Cases => Forms.SelectMany(form => new[]
    {
        (form with { Word = $"INCOMPLETE-{form.Word}" }).Case("ROBUST-FRAGMENT", "three hundred first fragments whose rest never comes harm nothing"),
        (form with { Word = $"LAST-{form.Word}" }).Case("ROBUST-FRAGMENT", "three hundred last fragments whose rest never comes harm nothing"),
        (form with { Word = $"OVERLAP-{form.Word}" }).Case("ROBUST-FRAGMENT", "fragments that overlap with other content harm nothing"),
        (form with { Word = $"REPEATED-{form.Word}" }).Case("ROBUST-FRAGMENT", "one fragment repeated a thousand times harms nothing"),
        (form with { Word = $"BEYOND-{form.Word}" }).Case("ROBUST-FRAGMENT", "fragments that together make more than 65535 octets harm nothing"),
        (form with { Word = $"TINY-{form.Word}" }).Case("ROBUST-FRAGMENT", "a packet in fragments of eight octets harms nothing"),
        (form with { Word = $"EMPTY-{form.Word}" }).Case("ROBUST-FRAGMENT", "fragments without content harm nothing"),
    });

    [Scenarios(nameof(Cases))]
    public async Task HonestTrafficGoesOn(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        if (await Tester.Ping(session, LargeEcho) is null)
            Context.Inconclusive("preamble: no reply to an echo request that comes in fragments");
        var payload = Tester.Random.Bytes(2 * Mtu);
        IEnumerable<(int Offset, bool More, byte[] Content, uint Identification)> fragments = form.Word.Split('-')[0] switch
        {
            "INCOMPLETE" => Many(300, number => (0, true, payload[..Mtu], number)),
            "LAST" => Many(300, number => (Mtu, false, payload[Mtu..], number)),
            "OVERLAP" => Many(50, number => (0, true, payload[..Mtu], number))
                .Concat(Many(50, number => (Mtu / 2 / 8 * 8, true, Tester.Random.Bytes(Mtu / 8 * 8), number)))
                .Concat(Many(50, number => (8, true, Tester.Random.Bytes(64), number)))
                .Concat(Many(50, number => (Mtu, false, payload[Mtu..], number))),
            "REPEATED" => Many(1000, _ => (0, true, payload[..Mtu], 1)),
            "BEYOND" => Many(20, number => (0xfff8, false, payload[..Mtu], number)).Concat(Many(20, number => (0xff00, true, payload[..Mtu], number))),
            "TINY" => Many(2 * Mtu / 8, number => ((int)(number - 1) * 8, number < 2 * Mtu / 8, payload[(((int)number - 1) * 8)..((int)number * 8)], 1)),
            _ => Many(50, number => (0, true, Array.Empty<byte>(), number)).Concat(Many(50, number => (8, false, Array.Empty<byte>(), number))),
        };
        foreach (var (offset, more, content, identification) in fragments)
            Tester.SendPacket(
                Fragment(session.ToImplementation[^1].Parameters, offset, more, content, identification),
                $"fragment of ESP: offset {offset}, {content.Length} octets, {(more ? "more follow" : "the last")}, identification {identification}");
        await StillCarries(session);
        for (var attempt = 0; attempt < 3; attempt++)
            if (await Tester.Ping(session, LargeEcho) is not null)
                return;
        Context.Fail("after the hostile fragments, honest ones are not put together any more");
    }

    private static IEnumerable<(int, bool, byte[], uint)> Many(int count, Func<uint, (int, bool, byte[], uint)> make) => Enumerable.Range(1, count).Select(number => make((uint)number));

    private static byte[] Fragment(ManualSecurityAssociation association, int offset, bool more, byte[] content, uint identification)
    {
        IpAddress source = association.Source, destination = association.Destination;
        var place = (ushort)(offset / 8);
        if (source.IsIpv6)
        {
            byte[] header = [IpProtocol.Esp, 0, (byte)(place >> 5), (byte)(place << 3 | (more ? 1 : 0)), 0x0b, 0xad, (byte)(identification >> 8), (byte)identification];
            return Tester.IpPacket(source, destination, IpProtocol.Ipv6Fragment, [.. header, .. content]);
        }
        var packet = Tester.IpPacket(source, destination, IpProtocol.Esp, content);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(4), (ushort)(0x4000 + identification));
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(6), (ushort)(place | (more ? 0x2000 : 0)));
        IpHeader.SetLength(packet);
        return packet;
    }
}
