using Ipsec.Packets.Ip;

namespace Ipsec.Host.Inner;

/// <summary>What tells connections apart.</summary>
internal readonly record struct TcpEndpoints(IpAddress LocalAddress, ushort LocalPort, IpAddress RemoteAddress, ushort RemotePort);
