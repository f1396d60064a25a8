using CsCheck;
using Ipsec.Packets.Ip;

namespace Ipsec.Packets.Tests.Ip;

public sealed class OptionTests
{
    // No operation, record route with one of two addresses recorded, router alert, end of options, padding.
    private const string Ipv4Options = "01 070b08 0a010001 00000000 94040000 00 0000";

    [Test]
    public void Ipv4Options_OfEveryShape_AreWalkedInOrder()
    {
        var chain = new Ipv4OptionChain(Hex(Ipv4Options));
        var seen = new List<(byte Type, int Offset, int Length, bool Mutable)>();
        while (chain.MoveNext())
            seen.Add((chain.Current.Type, chain.Current.Offset, chain.Current.Octets.Length, chain.Current.IsMutable));
        Assert.That(seen, Is.EqualTo(new[]
        {
            (Ipv4OptionType.NoOperation, 20, 1, false), (Ipv4OptionType.RecordRoute, 21, 11, true),
            (Ipv4OptionType.RouterAlert, 32, 4, false), (Ipv4OptionType.EndOfOptions, 36, 1, false),
        }));
        Assert.That((chain.Error, chain.Rest.Length), Is.EqualTo((default(ParseError?), 2)));
    }

    [TestCase("070b08 0a010001 00000000", 1, 2, "10.9.9.9")]
    [TestCase("830b04 0a010001 0a010002", 0, 2, "10.1.0.2")]
    [TestCase("890b08 0a010001 0a010002", 1, 2, "10.1.0.2")]
    [TestCase("890b0c 0a010001 0a010002", 2, 2, "10.9.9.9")]
    [TestCase("8303ff", 0, 0, "10.9.9.9")]
    public void Ipv4Route_Pointer_SaysWhatIsDone(string hex, int done, int count, string final)
    {
        Assert.That(First(Hex(hex)).TryReadRoute(out var route, out _));
        Assert.That((route.Done, route.Count), Is.EqualTo((done, count)));
        if (Hex(hex)[0] != Ipv4OptionType.RecordRoute)
            Assert.That($"{route.FinalDestination(Ipv4Address.Parse("10.9.9.9"))}", Is.EqualTo(final));
    }

    [TestCase("440c0520 00000001 00000002", 2, 0, 2, null, 2u)]
    [TestCase("440c0d31 0a010001 00000007", 3, 1, 1, "10.1.0.1", 7u)]
    public void Ipv4Timestamps_EitherForm_AreRead(string hex, int overflow, int flag, int count, string? address, uint last)
    {
        Assert.That(First(Hex(hex)).TryReadTimestamps(out var timestamps, out _));
        Assert.That((timestamps.Overflow, timestamps.Flag, timestamps.Count), Is.EqualTo((overflow, flag, count)));
        Assert.That(timestamps.Address(0)?.ToString(), Is.EqualTo(address));
        Assert.That(timestamps.Timestamp(count - 1), Is.EqualTo(last));
    }

    [TestCase("0101 07", 22, "option")]
    [TestCase("0701", 21, "option length")]
    [TestCase("070b04 0a010001", 21, "option length")]
    public void Ipv4Options_Malformed_SayOffsetAndField(string hex, int offset, string field)
    {
        var chain = new Ipv4OptionChain(Hex(hex));
        while (chain.MoveNext())
        {
        }
        Assert.That((chain.Error?.Offset, chain.Error?.Field), Is.EqualTo(((int?)offset, field)));
        Assert.That(chain.MoveNext(), Is.False);
    }

    [TestCase("070a04 0a010001 000000", 21, "option length")]
    [TestCase("070703 0a010001", 22, "pointer")]
    [TestCase("440c0501 0a010001 0000000700", 0, "")]
    [TestCase("44080501 0a010001", 21, "option length")]
    public void Ipv4Option_MalformedInside_SaysOffsetAndField(string hex, int offset, string field)
    {
        var option = First(Hex(hex));
        ParseError error;
        var isRead = option.Type == Ipv4OptionType.Timestamp ? option.TryReadTimestamps(out _, out error) : option.TryReadRoute(out _, out error);
        Assert.That((isRead, error.Offset, error.Field ?? ""), Is.EqualTo((field.Length == 0, offset, field)));
    }

    // The classification of RFC 4302 appendix A1, written down a second time.
    [Test]
    public void Ipv4Options_ImmutableOnes_AreThoseOfTheAppendix() =>
        Assert.That(
            Enumerable.Range(0, 256).Where(type => !Ipv4OptionType.IsMutable((byte)type)),
            Is.EqualTo(new[] { 0, 1, 0x80 | 2, 0x80 | 5, 0x80 | 6, 0x80 | 20, 0x80 | 21 }));

    [Test]
    public void Ipv6Options_OfEveryShape_AreWalkedInOrder()
    {
        var packet = new Ipv6Packet(
            Ipv6Address.Parse("2001:db8::1"), Ipv6Address.Parse("2001:db8::2"), IpProtocol.Udp, new byte[8],
            [new(IpProtocol.Ipv6HopByHop, Hex("01 05020000 00 3e0301 0203 0102 0000"))]).Encode();
        Assert.That(Ipv6View.TryParse(packet, out var view, out _));
        var extensions = view.Extensions;
        Assert.That(extensions.MoveNext());
        var chain = extensions.Current.Options;
        var seen = new List<(byte Type, int Offset, int Data, bool MayChange)>();
        while (chain.MoveNext())
            seen.Add((chain.Current.Type, chain.Current.Offset, chain.Current.Data.Length, chain.Current.MayChange));
        Assert.That(seen, Is.EqualTo(new[]
        {
            (Ipv6Option.RouterAlert, 42, 2, false), (Ipv6Option.Pad1, 46, 0, false), ((byte)0x3e, 47, 3, true), (Ipv6Option.PadN, 52, 2, false),
        }));
        Assert.That(chain.Error, Is.Null);
    }

    [TestCase("000005", 2, "Option Type")]
    [TestCase("0503 0000", 1, "Opt Data Len")]
    public void Ipv6Options_Malformed_SayOffsetAndField(string hex, int offset, string field)
    {
        var chain = new Ipv6OptionChain(Hex(hex));
        while (chain.MoveNext())
        {
        }
        Assert.That((chain.Error?.Offset, chain.Error?.Field), Is.EqualTo(((int?)offset, field)));
    }

    [TestCase(2, 0, 1, "2001:db8::9")]
    [TestCase(2, 0, 0, "2001:db8::2")]
    [TestCase(2, 2, 1, "2001:db8::9")]
    public void Ipv6Route_SegmentsLeft_SayTheFinalDestination(byte units, byte type, byte left, string final)
    {
        byte[] header = [IpProtocol.Udp, units, type, left, 0, 0, 0, 0, .. System.Net.IPAddress.Parse("2001:db8::9").GetAddressBytes()];
        Assert.That(Ipv6Route.TryParse(new(IpProtocol.Ipv6Routing, 40, header), out var route, out _));
        Assert.That(route.FinalDestination(Ipv6Address.Parse("2001:db8::2")), Is.EqualTo(Ipv6Address.Parse(final)));
    }

    [TestCase(2, 4, 0, 42, "Routing Type")]
    [TestCase(2, 0, 2, 43, "Segments Left")]
    [TestCase(1, 0, 0, 41, "Hdr Ext Len")]
    public void Ipv6Route_Malformed_SaysOffsetAndField(byte units, byte type, byte left, int offset, string field)
    {
        byte[] header = [IpProtocol.Udp, units, type, left, .. new byte[4 + 8 * units]];
        Assert.That(Ipv6Route.TryParse(new(IpProtocol.Ipv6Routing, 40, header), out _, out var error), Is.False);
        Assert.That((error.Offset, error.Field), Is.EqualTo((offset, field)));
    }

    [Test]
    public void Options_AnyOctets_AreCoveredOnceUpToTheErrorOrTheEnd() => Gen.Byte.Array[0, 48].Sample(octets =>
    {
        var ipv4 = new Ipv4OptionChain(octets, baseOffset: 0);
        var walked = 0;
        for (; ipv4.MoveNext(); walked += ipv4.Current.Octets.Length)
        {
            if (ipv4.Current.TryReadRoute(out var route, out _))
                for (var index = 0; index < route.Count; index++)
                    _ = route[index];
            if (ipv4.Current.TryReadTimestamps(out var timestamps, out _))
                for (var index = 0; index < timestamps.Count; index++)
                    _ = (timestamps.Address(index), timestamps.Timestamp(index));
            _ = ipv4.Current.RouterAlert;
        }
        var ipv6 = new Ipv6OptionChain(octets);
        var walkedToo = 0;
        while (ipv6.MoveNext())
            walkedToo += ipv6.Current.Octets.Length;
        return walked + ipv4.Rest.Length == octets.Length && (ipv4.Error is null || ipv4.Error.Value.Offset - walked is 0 or 1)
            && (ipv6.Error is { } error ? error.Offset - walkedToo is 0 or 1 : walkedToo == octets.Length);
    }, iter: 20_000);

    [Test]
    public void Options_WellFormed_AllocateNothing()
    {
        var octets = Hex(Ipv4Options);
        var ipv6 = Hex("05020000 00 3e0301 0203 0102 0000");
        var total = 0;
        Pass();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            Pass();
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
        Assert.That(total, Is.EqualTo(101 * (octets.Length - 2 + ipv6.Length)));

        void Pass()
        {
            var one = new Ipv4OptionChain(octets);
            while (one.MoveNext())
                total += one.Current.Octets.Length;
            var other = new Ipv6OptionChain(ipv6);
            while (other.MoveNext())
                total += other.Current.Octets.Length;
        }
    }

    private static Ipv4Option First(byte[] octets)
    {
        var chain = new Ipv4OptionChain(octets);
        Assert.That(chain.MoveNext());
        return chain.Current;
    }

    private static byte[] Hex(string hex) => Convert.FromHexString(hex.Replace(" ", ""));
}
