using System.Buffers.Binary;
using Ipsec.Packets.Ip;

namespace Ipsec.Dataplane.Tests;

/// <summary>Transport mode through NAT: checksums made over the sender's own addresses fit those that arrived (RFC 3948 section 3.1.2).</summary>
public sealed class NatChecksumTests
{
    private static readonly IpAddress Private = IpAddress.Parse("10.0.0.7"), Private6 = IpAddress.Parse("fd00::7");

    [TestCase(IpProtocol.Udp, 6, false)]
    [TestCase(IpProtocol.Udp, 6, true)]
    [TestCase(IpProtocol.Tcp, 16, false)]
    [TestCase(IpProtocol.Tcp, 16, true)]
    public void Received_ThroughNat_HasAChecksumThatFits(byte protocol, int field, bool ipv6)
    {
        var ends = new Ends([new(IpsecProtocol.Esp, IpsecMode.Transport) { Adjust = parameters => parameters with { Original = new(ipv6 ? Private6 : Private, parameters.Destination) } }], ipv6);
        var transport = Enumerable.Range(1, 40).Select(octet => (byte)octet).ToArray();
        BinaryPrimitives.WriteUInt16BigEndian(transport.AsSpan(field), 0);
        BinaryPrimitives.WriteUInt16BigEndian(transport.AsSpan(field), Checksum(transport, ipv6 ? Private6 : Private, ends.RightInside, protocol));
        // What arrives: the NAT has put its own address in the header, and the sender's checksum is inside the SA.
        var sent = ends.Send(Ends.Packet(ends.LeftInside, ends.RightInside, protocol, transport));

        Assert.That(ends.Receive(sent, out var delivered), Is.EqualTo(DiscardReason.None));
        IpView.TryParse(delivered, out var view, out _);
        Assert.That(Checksum(view.Transport, ends.LeftInside, ends.RightInside, protocol), Is.Zero, "right under the addresses that arrived");
    }

    [Test]
    public void Received_UdpWithoutChecksum_StaysWithout()
    {
        var ends = new Ends([new(IpsecProtocol.Esp, IpsecMode.Transport) { Adjust = parameters => parameters with { Original = new(Private, parameters.Destination) } }]);
        ends.Receive(ends.Send(Ends.Udp(ends.LeftInside, ends.RightInside, 1, 2)), out var delivered);
        Assert.That(BinaryPrimitives.ReadUInt16BigEndian(delivered.AsSpan(26)), Is.Zero);
    }

    [Test]
    public void Received_WrongChecksum_StaysWrong()
    {
        var ends = new Ends([new(IpsecProtocol.Esp, IpsecMode.Transport) { Adjust = parameters => parameters with { Original = new(Private, parameters.Destination) } }]);
        var transport = Enumerable.Range(1, 40).Select(octet => (byte)octet).ToArray();
        ends.Receive(ends.Send(Ends.Packet(ends.LeftInside, ends.RightInside, IpProtocol.Udp, transport)), out var delivered);
        IpView.TryParse(delivered, out var view, out _);
        Assert.That(Checksum(view.Transport, ends.LeftInside, ends.RightInside, IpProtocol.Udp), Is.Not.Zero);
    }

    private static ushort Checksum(ReadOnlySpan<byte> transport, IpAddress source, IpAddress destination, byte protocol) =>
        InternetChecksum.Finish(InternetChecksum.Add(InternetChecksum.AddPseudoHeader(0, source, destination, protocol, transport.Length), transport));
}
