using Ipsec.Packets.Ip;

namespace Ipsec.Host.Inner;

/// <summary>An ICMP or ICMPv6 echo reply that came in (RFC 792, RFC 4443).</summary>
public sealed record EchoReply(DateTimeOffset Time, IpAddress From, ushort Identifier, ushort SequenceNumber, ReadOnlyMemory<byte> Payload);
