using System.Buffers.Binary;
using Ipsec.Dataplane;
using Ipsec.Host.Links;
using Ipsec.Ike.Tests.Simulation;
using Ipsec.Packets.Ip;

namespace Ipsec.Host.Tests.Simulation;

/// <summary>What the simulation of hosts says can fail: hosts that err on purpose.</summary>
public sealed class HostFaultTests
{
    // Of a seed whose hosts have plain ESP, with nothing in it but what is sent here.
    private static readonly ulong Seed = Enumerable.Range(1, 1000).Select(seed => (ulong)seed)
        .First(seed => HostTraits.FromSeed(seed) is { ForcesUdp: false, InitiatesOnTraffic: false, HasDummies: false });

    private static readonly Schedule Schedule = new(
        Seed, new(), HasKeyExchange: false, new(0, 0.3, TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(1)),
        [new(TimeSpan.Zero, true, Deed.Connect, 0), new(TimeSpan.FromSeconds(10), true, Deed.RekeyChildren, 0)]);

    [Test]
    public void Hosts_AsTheyAre_ErrInNothing() => Assert.That(HostRun.Run(Schedule).Broken, Is.Null);

    [Test]
    public void Replays_ThatAreAccepted_AreNoticed() =>
        Assert.That(Broken(options => options with { AntiReplayWindow = (_, _) => new NoWindow() }), Does.EndWith("twice"));

    [Test]
    public void Packets_InClear_AreNoticed() =>
        Assert.That(Broken(options => options with { Processing = dataplane => new Erring(dataplane) { SendsInClear = true } }), Does.EndWith("sends in clear what is to be protected"));

    [Test]
    public void SequenceNumbers_ThatComeAgain_AreNoticed() =>
        Assert.That(Broken(options => options with { PacketFilter = new EspFilter((last, _) => last) }), Does.Contain("sends sequence number"));

    [Test]
    public void Packets_ThatAreChanged_AreNoticed() =>
        Assert.That(Broken(options => options with { Processing = dataplane => new Erring(dataplane) { Changes = packet => packet[^1] ^= 1 } }), Does.Contain("what was not sent"));

    [Test]
    public void Packets_ForAnotherApplication_AreNoticed() => Assert.That(
        Broken(options => options with { Processing = dataplane => new Erring(dataplane) { Changes = packet => BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(22), 8000) } }),
        Does.Contain("is given at port 8000"));

    [Test]
    public void Packets_ThatDoNotArrive_AreNoticed() =>
        Assert.That(Broken(options => options with { PacketFilter = new EspFilter((_, _) => []) }), Does.EndWith("does not arrive"));

    [Test]
    public void Associations_ThatTheDataPlaneHasNot_AreNoticed() =>
        Assert.That(Broken(options => options with { Processing = dataplane => new Erring(dataplane) { Forgets = true } }), Does.Contain("the SAD has"));

    [Test]
    public void Associations_ThatAreNotGranted_AreNoticed() => Assert.That(
        HostRun.Run(
            Schedule with { Steps = Schedule.Steps.Add(new(TimeSpan.FromSeconds(20), true, Deed.DeleteChildren, 0)) },
            options => options with { Ike = options.Ike with { MaximumChildren = 0 } }).Broken,
        Does.Contain("gets no SA for"));

    [Test]
    public void Ivs_ThatComeAgain_AreNoticed()
    {
        var witness = new LinkWitness("left", filter: null);
        witness.Sees(default, FrameDirection.Sent, Esp(number: 1, iv: 7));
        witness.Sees(default, FrameDirection.Sent, Esp(number: 2, iv: 8));
        Assert.That(witness.Broken, Is.Null);
        witness.Sees(default, FrameDirection.Sent, Esp(number: 3, iv: 7));
        Assert.That(witness.Broken, Does.StartWith("left sends an IV"));
    }

    private static string? Broken(Func<IpsecHostOptions, IpsecHostOptions> change) => HostRun.Run(Schedule, change).Broken;

    private static byte[] Esp(uint number, ulong iv)
    {
        var frame = new byte[14 + 20 + 48];
        frame[12] = 8;
        new IpHeader(Nodes.AliceAddress, Nodes.BobAddress, IpProtocol.Esp).Write(frame.AsSpan(14), 48);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(34), 0x1234);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(38), number);
        BinaryPrimitives.WriteUInt64BigEndian(frame.AsSpan(42), iv);
        return frame;
    }

    private sealed class NoWindow : IAntiReplayWindow
    {
        public bool MayBeNew(uint sequenceNumber, out ulong fullSequenceNumber)
        {
            fullSequenceNumber = sequenceNumber;
            return true;
        }

        public bool Accept(ulong fullSequenceNumber) => true;
    }

    /// <summary>Sends something else in place of each ESP packet but the first ten: made from the one before and the packet itself.</summary>
    private sealed class EspFilter(Func<byte[], byte[], byte[]> change) : IPacketFilter
    {
        private byte[] _last = [];
        private int _count;

        public ReadOnlySpan<byte> Received(ReadOnlySpan<byte> packet, PacketHandler send) => packet;

        public ReadOnlySpan<byte> Sent(ReadOnlySpan<byte> packet)
        {
            if (!IpView.TryParse(packet, out var view, out _) || view.Protocol != IpProtocol.Esp)
                return packet;
            var (last, own) = (_last, packet.ToArray());
            _last = own;
            return _count++ < 10 ? own : change(last, own);
        }
    }

    private sealed class Erring(DataPlane dataplane) : IPacketProcessing
    {
        private int _count;

        public bool SendsInClear { get; init; }

        public bool Forgets { get; init; }

        /// <summary>Done to an IPv4 packet with UDP that was protected.</summary>
        public Action<byte[]>? Changes { get; init; }

        public Disposition Outbound(DateTimeOffset now, ReadOnlySpan<byte> packet, PacketHandler emit, out DiscardReason reason)
        {
            _count++;
            if (Forgets && _count == 100)
                dataplane.Associations.Clear();
            var disposition = dataplane.Outbound(now, packet, emit, out reason);
            if (SendsInClear && disposition == Disposition.Processed && _count > 10)
                emit(packet);
            return disposition;
        }

        public Disposition Inbound(DateTimeOffset now, ReadOnlySpan<byte> packet, out ReadOnlySpan<byte> delivered, out DiscardReason reason) =>
            Changed(dataplane.Inbound(now, packet, out delivered, out reason), ref delivered);

        public Disposition InboundEncapsulated(DateTimeOffset now, IpView packet, out ReadOnlySpan<byte> delivered, out DiscardReason reason) =>
            Changed(dataplane.InboundEncapsulated(now, packet, out delivered, out reason), ref delivered);

        private Disposition Changed(Disposition disposition, ref ReadOnlySpan<byte> delivered)
        {
            if (Changes is null || disposition != Disposition.Processed || delivered[0] >> 4 != 4)
                return disposition;
            var changed = delivered.ToArray();
            Changes(changed);
            // No checksum in UDP: nobody else notices.
            changed.AsSpan(26, 2).Clear();
            delivered = changed;
            return disposition;
        }
    }
}
