using Ipsec.Packets.Ip;

namespace Ipsec.Host.Inner;

/// <summary>An ICMP echo reply that came in (RFC 792).</summary>
public sealed record EchoReply(DateTimeOffset Time, Ipv4Address From, ushort Identifier, ushort SequenceNumber, ReadOnlyMemory<byte> Payload);
