using System.Buffers.Binary;
using Ipsec.Crypto;
using Ipsec.Packets;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;

namespace Ipsec.Dataplane.Tests;

/// <summary>Policy and discard reasons; that the octets are right is judged by peers and by vectors.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class DataPlaneTests
{
    private static readonly Ipv4Address Left = Ipv4Address.Parse("192.0.2.1"), Right = Ipv4Address.Parse("192.0.2.2");
    private static readonly Ipv4Address LeftInner = Ipv4Address.Parse("10.1.0.1"), RightInner = Ipv4Address.Parse("10.2.0.1");

    private readonly byte[] _packet = new byte[70_000];
    private readonly byte[] _opened = new byte[70_000];
    private readonly List<AuditEvent> _audit = [];

    [Test]
    public void Outbound_NoPolicyMatches_IsDiscarded()
    {
        var plane = new DataPlane();
        Assert.That(plane.Outbound(Echo(), _packet, out _, out var reason), Is.EqualTo(Disposition.Discarded));
        Assert.That(reason, Is.EqualTo(DiscardReason.Policy));
    }

    [TestCase(PolicyAction.Bypass, Disposition.Bypassed, DiscardReason.None)]
    [TestCase(PolicyAction.Discard, Disposition.Discarded, DiscardReason.Policy)]
    [TestCase(PolicyAction.Protect, Disposition.Discarded, DiscardReason.NoSecurityAssociation)]
    public void Outbound_PolicyMatches_DoesWhatItSays(PolicyAction action, Disposition disposition, DiscardReason expected)
    {
        var plane = new DataPlane();
        plane.Policies.Append(new("p", action, Traffic(fromLeft: true)));
        Assert.That(plane.Outbound(Echo(), _packet, out _, out var reason), Is.EqualTo(disposition));
        Assert.That(reason, Is.EqualTo(expected));
        Assert.That(plane.Wanted?.Name, Is.EqualTo(action == PolicyAction.Protect ? "p" : null));
    }

    [Test]
    public void Policies_TwoMatch_TheFirstCounts()
    {
        var plane = new DataPlane();
        plane.Policies.Append(new("first", PolicyAction.Bypass, Traffic(fromLeft: true)));
        plane.Policies.Append(new("second", PolicyAction.Discard, Traffic(fromLeft: true)));
        Assert.That(plane.Outbound(Echo(), _packet, out _, out _), Is.EqualTo(Disposition.Bypassed));
    }

    [TestCase(PolicyAction.Protect, DiscardReason.UnprotectedTraffic)]
    [TestCase(PolicyAction.Discard, DiscardReason.Policy)]
    public void InboundUnprotected_PolicyForbids_IsDiscardedAndAudited(PolicyAction action, DiscardReason expected)
    {
        var plane = new DataPlane(_audit.Add);
        plane.Policies.Append(new("p", action, Traffic(fromLeft: false)));
        Ipv4View.TryParse(Echo(), out var packet, out _);
        Assert.That(plane.InboundUnprotected(default, packet, out var reason), Is.EqualTo(Disposition.Discarded));
        Assert.That((reason, _audit.Single().Reason), Is.EqualTo((expected, expected)));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Tunnel_EachSize_ComesOutAsItWentIn(bool esn)
    {
        var (left, right) = Pair(esn);
        for (var size = 0; size < 200; size++)
        {
            var packet = Echo(size);
            Assert.That(left.Outbound(packet, _packet, out var length, out _), Is.EqualTo(Disposition.Processed));
            Assert.That(Receive(right, length, out var opened), Is.EqualTo(DiscardReason.None));
            Assert.That(opened, Is.EqualTo(packet));
        }
    }

    [Test]
    public void Inbound_ReplayWrongIcvAndUnknownSpi_AreDiscardedWithTheirReasonsAndAudited()
    {
        var (left, right) = Pair(esn: false);
        left.Outbound(Echo(), _packet, out var length, out _);
        var sent = _packet[..length];

        _packet[length - 1] ^= 1;
        Assert.That(Receive(right, length, out _), Is.EqualTo(DiscardReason.IntegrityCheckFailed));
        sent.CopyTo(_packet, 0);
        Assert.That(Receive(right, length, out _), Is.EqualTo(DiscardReason.None), "a forged twin must not use the number up");
        Assert.That(Receive(right, length, out _), Is.EqualTo(DiscardReason.Replay));
        BinaryPrimitives.WriteUInt32BigEndian(_packet.AsSpan(20), 0x12345678);
        Assert.That(Receive(right, length, out _), Is.EqualTo(DiscardReason.UnknownSpi));

        Assert.That(_audit.Select(audit => audit.Reason), Is.EqualTo(new[] { DiscardReason.IntegrityCheckFailed, DiscardReason.Replay, DiscardReason.UnknownSpi }));
        Assert.That(_audit[0].SequenceNumber, Is.EqualTo(1u));
        Assert.That(_audit[2].Spi, Is.EqualTo(0x12345678u));
    }

    [Test]
    public void Inbound_InnerSourceOutsideTheSelectors_IsDiscarded()
    {
        var (left, right) = Pair(esn: false, leftTraffic: new([TrafficRange.Any], [TrafficRange.Any]));
        left.Policies.Clear();
        left.Policies.Append(new("c", PolicyAction.Protect, new([TrafficRange.Any], [TrafficRange.Any])));
        left.Outbound(new IcmpEcho(false, 1, 1, Octets.Empty).EncodePacket(Ipv4Address.Parse("10.9.9.9"), RightInner), _packet, out var length, out _);
        Assert.That(Receive(right, length, out _), Is.EqualTo(DiscardReason.SelectorMismatch));
    }

    [Test]
    public void Sequence_AtTheEndOf32Bits_IsNotReused()
    {
        var association = new OutboundSecurityAssociation(Parameters(1, Left, Right, Traffic(fromLeft: true), esn: false), Protection(esn: false));
        typeof(OutboundSecurityAssociation).GetProperty(nameof(association.SequenceNumber))!.SetValue(association, (ulong)uint.MaxValue - 1);
        Assert.That(association.TryNextSequenceNumber(out var last), Is.True);
        Assert.That(last, Is.EqualTo(uint.MaxValue));
        Assert.That(association.TryNextSequenceNumber(out _), Is.False);
    }

    [Test]
    public void OutboundAndInbound_OncePerPacket_AllocateNothing()
    {
        var (left, right) = Pair(esn: false);
        var packet = Echo(1400);
        void Once()
        {
            left.Outbound(packet, _packet, out var length, out _);
            Ipv4View.TryParse(_packet.AsSpan(0, length), out var outer, out _);
            right.Inbound(default, outer, outer.Payload, _opened, out _, out _);
        }
        for (var warmUp = 0; warmUp < 100; warmUp++)
            Once();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 1000; round++)
            Once();
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    [Test]
    public void AnyOctets_Inbound_AreDiscardedWithoutException()
    {
        var (_, right) = Pair(esn: false);
        var random = new Random(5);
        for (var round = 0; round < 20_000; round++)
        {
            var payload = new byte[random.Next(0, 120)];
            random.NextBytes(payload);
            if (payload.Length >= 4)
                BinaryPrimitives.WriteUInt32BigEndian(payload, 0x1001);
            var length = new Ipv4Header(Left, Right, IpProtocol.Esp).WritePacket(_packet, payload);
            Assert.That(Receive(right, length, out _), Is.Not.EqualTo(DiscardReason.None));
        }
    }

    private DiscardReason Receive(DataPlane plane, int length, out byte[] opened)
    {
        Ipv4View.TryParse(_packet.AsSpan(0, length), out var outer, out _);
        plane.Inbound(default, outer, outer.Payload, _opened, out var openedLength, out var reason);
        opened = _opened[..openedLength];
        return reason;
    }

    private (DataPlane Left, DataPlane Right) Pair(bool esn, TrafficPair? leftTraffic = null)
    {
        var left = new DataPlane();
        left.Policies.Append(new("c", PolicyAction.Protect, Traffic(fromLeft: true)));
        left.Associations.Add(new OutboundSecurityAssociation(Parameters(0x1001, Left, Right, leftTraffic ?? Traffic(fromLeft: true), esn), Protection(esn)));
        var right = new DataPlane(_audit.Add);
        right.Associations.Add(new InboundSecurityAssociation(Parameters(0x1001, Left, Right, Traffic(fromLeft: false), esn), Protection(esn), new AntiReplayWindow(esn)));
        return (left, right);
    }

    private static SecurityAssociationParameters Parameters(uint spi, Ipv4Address source, Ipv4Address destination, TrafficPair traffic, bool esn) =>
        new(spi, IpsecMode.Tunnel, source, destination, null, traffic, "c", Algorithms(esn));

    private static EspProtection Protection(bool esn) => new(Algorithms(esn), new byte[20], [], RandomSource.Seeded(1));

    private static EspAlgorithms Algorithms(bool esn) => new(Crypto.Algorithms.Encryption(EncryptionId.AesGcm16)!, 128, null, esn);

    private static TrafficPair Traffic(bool fromLeft) => fromLeft
        ? new([TrafficRange.Host(LeftInner)], [TrafficRange.Host(RightInner)])
        : new([TrafficRange.Host(RightInner)], [TrafficRange.Host(LeftInner)]);

    private static byte[] Echo(int size = 56) => new IcmpEcho(false, 1, 1, new byte[size]).EncodePacket(LeftInner, RightInner);
}
