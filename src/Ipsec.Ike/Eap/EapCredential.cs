using System.Collections.Immutable;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>What an initiator proves itself with by EAP (RFC 7296 section 2.16), as either end knows it.</summary>
/// <param name="Name">User name, at most 253 octets.</param>
/// <param name="Password">ASCII. Zeroed by its owner; never logged.</param>
/// <param name="Methods">MD5-Challenge and MS-CHAPv2, best first. The former makes no key, and should not be used where there is a choice.</param>
public sealed record EapCredential(Octets Name, ReadOnlyMemory<byte> Password, ImmutableArray<EapMethod> Methods);
