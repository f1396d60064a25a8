using System.Buffers.Binary;
using Ipsec.Packets.Ip;

namespace Ipsec.Host.Inner;

/// <summary>Makes the packet that tells a sender what became of its packet, and holds back where the RFCs ask for silence.</summary>
internal sealed class IcmpErrorPacket
{
    private const int IcmpHeaderLength = 8;
    private const int Ipv4Limit = 576; // RFC 1812 section 4.3.2.3
    private const int BudgetLimit = 100;

    private int _budget = BudgetLimit;
    private DateTimeOffset _budgetSecond;

    /// <summary>
    /// Null where no error may be sent: about errors, fragments but the first, groups, senders that are no single node (RFC 1122 section 3.2.2, RFC 4443
    /// section 2.4), and beyond 100 a second, which keeps a flood from being answered with a flood.
    /// </summary>
    /// <param name="from">Whose error it is.</param>
    /// <param name="mtu">Octets, of <see cref="IcmpErrorKind.PacketTooBig"/>.</param>
    public byte[]? About(DateTimeOffset now, IpView packet, IpAddress from, IcmpErrorKind kind, int mtu = 0)
    {
        if (!MayBeAnswered(packet) || !MayBeSent(now))
        {
            return null;
        }

        var isIpv6 = packet.IsIpv6;
        var headerLength = IpHeader.LengthOf(isIpv6);
        var limit = (isIpv6 ? Ipv6Fragmenter.MinimumMtu : Ipv4Limit) - headerLength - IcmpHeaderLength;
        var quoted = packet.Octets[..Math.Min(packet.Octets.Length, limit)];
        var answer = new byte[headerLength + IcmpHeaderLength + quoted.Length];
        var message = answer.AsSpan(headerLength);
        (message[0], message[1]) = IcmpError.NumbersOf(kind, isIpv6);
        // The whole word in ICMPv6; its lower half in ICMP, whose MTU has no more.
        var parameter = kind == IcmpErrorKind.ProtocolUnreachable && isIpv6 ? ProtocolOffset(packet) : mtu;
        BinaryPrimitives.WriteInt32BigEndian(message[4..], parameter);
        quoted.CopyTo(message[IcmpHeaderLength..]);
        WriteChecksum(message, from, packet.Source);
        new IpHeader(from, packet.Source, isIpv6 ? IpProtocol.Icmpv6 : IpProtocol.Icmp).Write(answer, message.Length);
        return answer;
    }

    /// <summary>Fills in the checksum of an ICMP or ICMPv6 message between these addresses.</summary>
    public static void WriteChecksum(Span<byte> message, IpAddress source, IpAddress destination)
    {
        message[2..4].Clear();
        var sum = source.IsIpv6 ? InternetChecksum.AddPseudoHeader(0, source, destination, IpProtocol.Icmpv6, message.Length) : 0;
        BinaryPrimitives.WriteUInt16BigEndian(message[2..], InternetChecksum.Finish(InternetChecksum.Add(sum, message)));
    }

    /// <summary>Whether an address can be that of one node.</summary>
    public static bool IsUnicast(IpAddress address) => address.Value != 0 && !address.IsMulticast && (address.IsIpv6 || address.V4 != Ipv4Address.Broadcast);

    private static bool MayBeAnswered(IpView packet) =>
        packet.FragmentOffset == 0 && IsUnicast(packet.Source) && IsUnicast(packet.Destination) && !IsError(packet);

    private static bool IsError(IpView packet) =>
        packet.Protocol == (packet.IsIpv6 ? IpProtocol.Icmpv6 : IpProtocol.Icmp)
        && (!IcmpView.TryParse(packet.Transport, packet.IsIpv6, out var icmp, out _) || icmp.IsError);

    // Where an IPv6 packet names the protocol that nobody knows here.
    private static int ProtocolOffset(IpView packet)
    {
        var offset = 6;
        Ipv6View.TryParse(packet.Octets, out var view, out _);
        var chain = view.Extensions;
        while (chain.RestOffset < packet.TransportOffset && chain.MoveNext())
        {
            offset = chain.Current.Offset;
        }

        return offset;
    }

    private bool MayBeSent(DateTimeOffset now)
    {
        if (now >= _budgetSecond + TimeSpan.FromSeconds(1))
        {
            _budgetSecond = now;
            _budget = BudgetLimit;
        }

        return _budget > 0 && _budget-- > 0;
    }
}
