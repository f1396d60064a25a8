using System.Buffers.Binary;
using Ipsec.Packets.Esp;
using Ipsec.Packets.Ip;
using Ipsec.Packets.Udp;

namespace Conformance.Decoding;

/// <summary>IPv4 and IPv6 with what they carry, as deep as it goes. Keeps fragments and TCP streams from frame to frame, within bounds. Not thread-safe.</summary>
internal sealed class IpDissector
{
    private readonly Ipv4Reassembler _ipv4Fragments = new();
    private readonly Ipv6Reassembler _ipv6Fragments = new();
    private readonly TcpStreams _streams = new();
    private readonly IkeDissector _ike;
    private readonly Ikev1Dissector _ikev1;
    private readonly EspDissector _esp;
    private readonly AhDissector _ah;
    private readonly IpCompDissector _ipComp;

    public IpDissector(DecryptionKeys keys)
    {
        _ike = new(keys);
        _ikev1 = new(keys);
        _esp = new(keys, this);
        _ah = new(keys, this);
        _ipComp = new(this);
    }

    /// <summary>A packet that says its version itself.</summary>
    public void Packet(Dissection dissection, Slice slice)
    {
        if (slice.Length > 0 && slice.Span[0] >> 4 == 6)
            Ipv6(dissection, slice);
        else
            Ipv4(dissection, slice);
    }

    /// <summary>What stands behind an IP header, an extension header or ESP's.</summary>
    /// <param name="packet">The IP packet that it stands in; null inside of what was opened.</param>
    public void Upper(Dissection dissection, byte protocol, Slice slice, Slice? packet = null)
    {
        if (++dissection.Depth > Dissection.MaximumDepth)
        {
            dissection.Malformed("IP", slice, new(0, "Protocol", $"more than {Dissection.MaximumDepth} protocols in each other"));
            return;
        }
        switch (protocol)
        {
            case IpProtocol.IpInIp:
                Ipv4(dissection, slice);
                break;
            case IpProtocol.Ipv6:
                Ipv6(dissection, slice);
                break;
            case IpProtocol.Udp:
                Udp(dissection, slice);
                break;
            case IpProtocol.Tcp:
                Tcp(dissection, slice);
                break;
            case IpProtocol.Esp:
                _esp.Packet(dissection, slice);
                break;
            case IpProtocol.Ah:
                _ah.Packet(dissection, slice, packet);
                break;
            case IpProtocol.Wesp:
                Wesp(dissection, slice);
                break;
            case IpProtocol.IpComp:
                _ipComp.Packet(dissection, slice);
                break;
            case IpProtocol.Icmp or IpProtocol.Icmpv6:
                Icmp(dissection, slice, isV6: protocol == IpProtocol.Icmpv6);
                break;
            default:
                dissection.Notes.Add(protocol == IpProtocol.NoNextHeader ? "no next header" : $"{IpProtocol.Name(protocol)} {slice.Length} octets");
                break;
        }
    }

    private void Ipv4(Dissection dissection, Slice slice)
    {
        if (!Ipv4View.TryParse(slice.Span, out var view, out var error))
        {
            dissection.Malformed("IPv4", slice, error);
            return;
        }
        SetAddresses(dissection, view.Source.ToIPAddress(), view.Destination.ToIPAddress());
        Ipv4Layer(dissection, slice, "IPv4");
        dissection.See(new IpSighting(dissection) { Octets = slice.Memory[..view.TotalLength], IsFragment = view.IsFragment, Protocol = view.Protocol });
        var options = view.OptionChain;
        while (options.MoveNext())
        {
        }
        if (options.Error is { } wrong)
            dissection.Malformed("IPv4", slice, wrong);
        var payload = slice.Part(view.HeaderLength, view.TotalLength - view.HeaderLength);
        if (!view.IsFragment)
        {
            Upper(dissection, view.Protocol, payload, slice.Part(0, view.TotalLength));
            return;
        }
        var outcome = _ipv4Fragments.Add(dissection.Frame.Time, view, out var whole);
        if (!Reassembled(dissection, "IPv4", slice, outcome))
            return;
        Ipv4View.TryParse(whole.Span, out var complete, out _);
        var reassembled = new Slice(whole, 0, $"IPv4 reassembled in frame {dissection.Frame.Number}");
        Upper(dissection, complete.Protocol, reassembled.From(complete.HeaderLength), reassembled);
    }

    private static void Ipv4Layer(Dissection dissection, Slice slice, string name)
    {
        Ipv4View.TryParse(slice.Span, out var view, out _);
        var (header, total, identification, protocol, checksum) = (view.HeaderLength, view.TotalLength, view.Identification, view.Protocol, view.HeaderChecksum);
        var (trafficClass, ttl, flags) = (view.TrafficClass, view.TimeToLive, BinaryPrimitives.ReadUInt16BigEndian(view.Octets[6..]));
        var right = view.HasValidChecksum ? "" : " (wrong)";
        var options = slice.Part(Ipv4View.MinimumHeaderLength, view.Options.Length);
        var (source, destination) = (view.Source.ToString(), view.Destination.ToString());
        dissection.Layer(name, $"{source} > {destination} {IpProtocol.Name(protocol)}", slice, header, fields =>
        {
            fields.Put("Version and IHL", $"4, {header} octets", 1).Put("DSCP and ECN", $"{trafficClass >> 2}, {trafficClass & 3}", 1)
                .Put("Total Length", (ulong)total, 2).Put("Identification", $"0x{identification:x4}", 2)
                .Put("Flags and Fragment Offset", $"{((flags & 0x4000) != 0 ? "DF " : "")}{((flags & 0x2000) != 0 ? "MF " : "")}{(flags & 0x1FFF) * 8}", 2)
                .Put("Time to Live", ttl, 1).Put("Protocol", protocol, 1).Put("Header Checksum", $"0x{checksum:x4}{right}", 2)
                .Put("Source Address", source, 4).Put("Destination Address", destination, 4);
            if (options.Length > 0)
                OptionFields.Ipv4(fields, options.Span);
        });
    }

    private void Ipv6(Dissection dissection, Slice slice)
    {
        if (!Ipv6View.TryParse(slice.Span, out var view, out var error))
        {
            dissection.Malformed("IPv6", slice, error);
            return;
        }
        var (source, destination) = (view.Source.ToIPAddress(), view.Destination.ToIPAddress());
        SetAddresses(dissection, source, destination);
        var (trafficClass, label, length, next, hops) = (view.TrafficClass, view.FlowLabel, view.PayloadLength, view.NextHeader, view.HopLimit);
        dissection.Layer("IPv6", $"{source} > {destination} {IpProtocol.Name(next)}", slice, Ipv6View.HeaderLength, fields => fields
            .Put("Version, Traffic Class, Flow Label", $"6, {trafficClass}, 0x{label:x5}", 4).Put("Payload Length", (ulong)length, 2)
            .Put("Next Header", next, 1).Put("Hop Limit", hops, 1)
            .Put("Source Address", source.ToString(), 16).Put("Destination Address", destination.ToString(), 16));
        var rest = view.Extensions;
        while (rest.MoveNext())
        {
        }
        dissection.See(new IpSighting(dissection)
        {
            Octets = slice.Memory[..view.Octets.Length],
            IsFragment = IsFragment(view),
            Protocol = rest.Protocol,
        });
        Extensions(dissection, slice.Part(0, view.Octets.Length));
    }

    private static bool IsFragment(Ipv6View view)
    {
        var chain = view.Extensions;
        while (chain.MoveNext())
            if (chain.Current.Type == IpProtocol.Ipv6Fragment && (chain.Current.MoreFragments || chain.Current.FragmentOffset > 0))
                return true;
        return false;
    }

    /// <summary>The extension headers of an IPv6 packet, and what follows them.</summary>
    private void Extensions(Dissection dissection, Slice packet)
    {
        Ipv6View.TryParse(packet.Span, out var view, out _);
        var chain = view.Extensions;
        while (chain.MoveNext())
        {
            var extension = chain.Current;
            var part = packet.Part(extension.Offset, extension.Octets.Length);
            switch (extension.Type)
            {
                case IpProtocol.Ah:
                    Upper(dissection, IpProtocol.Ah, packet.From(extension.Offset), packet);
                    return;
                case IpProtocol.Ipv6Fragment:
                    Fragment(dissection, packet, view, extension, part);
                    return;
                default:
                    var type = extension.Type;
                    dissection.Layer($"IPv6 {IpProtocol.Name(type)}", "", part, part.Length, fields => OptionFields.Ipv6(fields, type, part.Span));
                    var options = extension.Options;
                    while (options.MoveNext())
                    {
                    }
                    if (options.Error is { } malformed)
                        dissection.Malformed("IPv6", packet, malformed);
                    break;
            }
        }
        if (chain.Error is { } wrong)
            dissection.Malformed("IPv6", packet, wrong);
        else
            Upper(dissection, chain.Protocol, packet.Part(chain.RestOffset, chain.Rest.Length), packet);
    }

    private void Fragment(Dissection dissection, Slice packet, Ipv6View view, Ipv6Extension extension, Slice part)
    {
        var (offset, more, identification, nextHeader) = (extension.FragmentOffset, extension.MoreFragments, extension.Identification, extension.NextHeader);
        dissection.Layer("IPv6 Fragment", $"offset {offset}{(more ? ", more" : "")}", part, 8, fields => fields
            .Put("Next Header", nextHeader, 1).Skip(1).Put("Fragment Offset and M", $"{offset}{(more ? " M" : "")}", 2)
            .Put("Identification", $"0x{identification:x8}", 4));
        if (Reassembled(dissection, "IPv6", packet, _ipv6Fragments.Add(dissection.Frame.Time, view, out var whole)) && ++dissection.Depth <= Dissection.MaximumDepth)
            Extensions(dissection, new(whole, 0, $"IPv6 reassembled in frame {dissection.Frame.Number}"));
    }

    private static bool Reassembled(Dissection dissection, string layer, Slice slice, ReassemblyOutcome outcome)
    {
        switch (outcome)
        {
            case ReassemblyOutcome.Complete:
                return true;
            case ReassemblyOutcome.Overlap or ReassemblyOutcome.Inconsistent:
                dissection.Malformed(layer, slice, new(6, "Fragment Offset", $"{outcome} with other fragments"));
                return false;
            default:
                dissection.Notes.Add($"{layer} fragment, {outcome.ToString().ToLowerInvariant()}");
                return false;
        }
    }

    private void Udp(Dissection dissection, Slice slice)
    {
        if (!UdpView.TryParse(slice.Span, out var view, out var error))
        {
            dissection.Malformed("UDP", slice, error);
            return;
        }
        var (from, to, length, checksum) = (view.SourcePort, view.DestinationPort, view.Length, view.Checksum);
        dissection.Layer("UDP", $"{from} > {to}", slice, UdpView.HeaderLength, fields => fields
            .Put("Source Port", from, 2).Put("Destination Port", to, 2).Put("Length", (ulong)length, 2).Put("Checksum", $"0x{checksum:x4}", 2));
        dissection.See(new UdpSighting(dissection) { Octets = slice.Memory[..length] });
        var payload = slice.Part(UdpView.HeaderLength, length - UdpView.HeaderLength);
        if (from == UdpEncapsulation.NatTraversalPort || to == UdpEncapsulation.NatTraversalPort)
            Encapsulated(dissection, payload);
        else if (from == UdpEncapsulation.IkePort || to == UdpEncapsulation.IkePort)
            Ike(dissection, payload);
        else
            dissection.Notes.Add($"UDP {from} > {to}, {payload.Length} octets");
    }

    private void Encapsulated(Dissection dissection, Slice payload)
    {
        switch (UdpEncapsulation.Classify(payload.Span, out _))
        {
            case EncapsulatedKind.Ike:
                dissection.Layer("Non-ESP Marker", "", payload, UdpEncapsulation.MarkerSize, fields => fields.Put("Marker", "00000000", 4));
                Ike(dissection, payload.From(UdpEncapsulation.MarkerSize));
                break;
            case EncapsulatedKind.Keepalive:
                dissection.IsProtected = true;
                dissection.Layer("NAT Keepalive", "", payload, 1, fields => fields.Put("Keepalive", "ff", 1));
                dissection.Notes.Add("NAT keepalive");
                break;
            case EncapsulatedKind.Esp when BinaryPrimitives.ReadUInt32BigEndian(payload.Span) == 2:
                Wesp(dissection, payload.From(4));
                break;
            case EncapsulatedKind.Esp:
                _esp.Packet(dissection, payload);
                break;
            default:
                dissection.Malformed("UDP encapsulation", payload, new(0, "SPI or non-ESP marker", $"{payload.Length} octets are neither"));
                break;
        }
    }

    private void Ike(Dissection dissection, Slice slice)
    {
        dissection.IsProtected = true;
        var version = slice.Length > 17 ? slice.Span[17] >> 4 : 2;
        if (version == 1)
            _ikev1.Message(dissection, slice);
        else
            _ike.Message(dissection, slice);
    }

    private void Tcp(Dissection dissection, Slice slice)
    {
        if (!TcpView.TryParse(slice.Span, out var view, out var error))
        {
            dissection.Malformed("TCP", slice, error);
            return;
        }
        var (from, to, header, flags) = (view.SourcePort, view.DestinationPort, view.HeaderLength, view.Flags);
        var (sequence, acknowledgment, window, checksum) = (view.SequenceNumber, view.AcknowledgmentNumber, view.Window, view.Checksum);
        dissection.Layer("TCP", $"{from} > {to}", slice, header, fields => fields
            .Put("Source Port", from, 2).Put("Destination Port", to, 2).Put("Sequence Number", sequence, 4)
            .Put("Acknowledgment Number", acknowledgment, 4).Put("Data Offset and Flags", $"{header} octets, 0x{flags:x2}", 2)
            .Put("Window", window, 2).Put("Checksum", $"0x{checksum:x4}", 2).Skip(2));
        dissection.Notes.Add($"TCP {from} > {to}, {slice.Length - header} octets");
        var carrier = dissection.Carrier;
        foreach (var frame in _streams.Segment(dissection, view, slice))
        {
            dissection.Carrier = carrier;
            if (++dissection.Depth > Dissection.MaximumDepth)
            {
                dissection.Notes.Add("more frames in this segment are not shown");
                return;
            }
            Encapsulated(dissection, frame);
        }
    }

    private void Wesp(Dissection dissection, Slice slice)
    {
        if (!WespView.TryParse(slice.Span, out var view, out var error))
        {
            dissection.Malformed("WESP", slice, error);
            return;
        }
        var (next, header, trailer, flags, esp) = (view.NextHeader, view.HeaderLength, view.TrailerLength, view.Flags, view.EspOffset);
        dissection.Layer("WESP", view.IsEncrypted ? "encrypted" : "clear", slice, esp, fields => fields
            .Put("Next Header", next, 1).Put("HdrLen", header, 1).Put("TrailerLen", trailer, 1).Put("Flags", $"0x{flags:x2}", 1));
        _esp.Packet(dissection, slice.From(esp));
    }

    private static void Icmp(Dissection dissection, Slice slice, bool isV6)
    {
        var name = isV6 ? "ICMPv6" : "ICMP";
        if (!IcmpView.TryParse(slice.Span, isV6, out var view, out var error))
        {
            dissection.Malformed(name, slice, error);
            return;
        }
        var (type, code, checksum, rest, isError, mtu) = (view.Type, view.Code, view.Checksum, view.RestOfHeader, view.IsError, view.Mtu);
        var isEcho = isV6 ? type is 128 or 129 : type is 0 or 8;
        var (identifier, sequence) = (view.Identifier, view.SequenceNumber);
        var embedded = slice.Part(IcmpView.HeaderLength, view.Body.Length);
        var what = isEcho ? $"echo {(type is 8 or 128 ? "request" : "reply")} {sequence}" : $"type {type} code {code}{(mtu is { } octets ? $" mtu {octets}" : "")}";
        dissection.Layer(name, what, slice, slice.Length, fields =>
        {
            fields.Put("Type", type, 1).Put("Code", code, 1).Put("Checksum", $"0x{checksum:x4}", 2);
            if (isEcho)
                fields.Put("Identifier", identifier, 2).Put("Sequence Number", sequence, 2).Put("Data", $"{embedded.Length} octets", embedded.Length);
            else
                fields.Put("Rest of Header", $"0x{rest:x8}", 4);
            if (isError)
                fields.Group("Embedded Packet", "", embedded.Length, inner => Embedded(inner, embedded));
        });
        dissection.Notes.Add($"{dissection.Source} > {dissection.Destination} {name} {what}");
    }

    /// <summary>The start of the packet that an error is about: it may be cut anywhere, which is no fault.</summary>
    private static void Embedded(FieldWriter fields, Slice packet)
    {
        var octets = packet.Span;
        if (octets.Length >= 20 && octets[0] >> 4 == 4)
        {
            var protocol = octets[9];
            var header = (octets[0] & 15) * 4;
            fields.Skip(9).Put("Protocol", protocol, 1).Skip(2)
                .Put("Source Address", Ipv4Address.Read(octets[12..]).ToString(), 4).Put("Destination Address", Ipv4Address.Read(octets[16..]).ToString(), 4);
            if (header >= 20 && octets.Length >= header + 8)
                FirstWords(fields.Skip(header - 20), protocol, octets[header..]);
        }
        else if (octets.Length >= Ipv6View.HeaderLength && octets[0] >> 4 == 6)
        {
            fields.Skip(6).Put("Next Header", octets[6], 1).Skip(1)
                .Put("Source Address", Ipv6Address.Read(octets[8..]).ToString(), 16).Put("Destination Address", Ipv6Address.Read(octets[24..]).ToString(), 16);
            if (octets.Length >= Ipv6View.HeaderLength + 8)
                FirstWords(fields, octets[6], octets[Ipv6View.HeaderLength..]);
        }
    }

    private static void FirstWords(FieldWriter fields, byte protocol, ReadOnlySpan<byte> octets)
    {
        if (protocol is IpProtocol.Udp or IpProtocol.Tcp)
            fields.Put("Source Port", BinaryPrimitives.ReadUInt16BigEndian(octets), 2).Put("Destination Port", BinaryPrimitives.ReadUInt16BigEndian(octets[2..]), 2);
        else if (protocol == IpProtocol.Esp)
            fields.Put("SPI", $"0x{BinaryPrimitives.ReadUInt32BigEndian(octets):x8}", 4).Put("Sequence Number", BinaryPrimitives.ReadUInt32BigEndian(octets[4..]), 4);
    }

    private static void SetAddresses(Dissection dissection, System.Net.IPAddress source, System.Net.IPAddress destination)
    {
        dissection.Source = source;
        dissection.Destination = destination;
        dissection.OuterSource ??= source;
        dissection.OuterDestination ??= destination;
    }
}
