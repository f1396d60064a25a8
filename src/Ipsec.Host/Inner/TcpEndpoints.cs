using Ipsec.Packets.Ip;

namespace Ipsec.Host.Inner;

/// <summary>What tells connections apart.</summary>
internal readonly record struct TcpEndpoints(Ipv4Address LocalAddress, ushort LocalPort, Ipv4Address RemoteAddress, ushort RemotePort);
