using System.Net;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Conformance.Testing;

/// <summary>An IKE message that the tester sent.</summary>
public sealed record SentIke(IkeSession Session, IkeHeader Header, Octets Octets, IPEndPoint Local, IPEndPoint Remote, string Summary, DateTimeOffset Time);
