using System.Buffers.Binary;

namespace Conformance.Decoding;

/// <summary>Takes the link's header off: Ethernet with VLAN tags, raw IP, Linux cooked v1 and v2, null and loopback.</summary>
internal static class LinkDissector
{
    private const ushort EtherTypeIpv4 = 0x0800;
    private const ushort EtherTypeIpv6 = 0x86DD;
    private const ushort EtherTypeVlan = 0x8100;
    private const ushort EtherTypeServiceVlan = 0x88A8;
    private const int MaximumTags = 8;

    /// <summary>The IP packet of a frame; false if there is none, which is not always a fault.</summary>
    public static bool TryUnwrap(Dissection dissection, out Slice packet)
    {
        var frame = new Slice(dissection.Frame.Octets, 0, "frame");
        packet = frame;
        switch (dissection.Frame.LinkType)
        {
            case 1:
                return Ethernet(dissection, frame, out packet);
            case 12 or 14 or 101 or 228 or 229:
                return true;
            case 113:
                return Cooked(dissection, frame, "Linux cooked v1", 16, 14, out packet);
            case 276:
                return Cooked(dissection, frame, "Linux cooked v2", 20, 0, out packet);
            case 0 or 108:
                return Loopback(dissection, frame, out packet);
            default:
                dissection.Notes.Add($"link type {dissection.Frame.LinkType} is not decoded");
                return false;
        }
    }

    private static bool Ethernet(Dissection dissection, Slice frame, out Slice packet)
    {
        packet = frame;
        if (frame.Length < 14)
        {
            dissection.Malformed("Ethernet", frame, new(0, "Ethernet header", $"{frame.Length} octets, needs 14"));
            return false;
        }
        var type = BinaryPrimitives.ReadUInt16BigEndian(frame.Span[12..]);
        dissection.Layer("Ethernet", $"{Mac(frame.Span[6..])} > {Mac(frame.Span)}", frame, 14, fields => fields
            .Put("Destination", Mac(frame.Span), 6).Put("Source", Mac(frame.Span[6..]), 6).Put("EtherType", $"0x{type:x4}", 2));
        var position = 14;
        for (var tags = 0; type is EtherTypeVlan or EtherTypeServiceVlan; tags++)
        {
            if (tags == MaximumTags || frame.Length < position + 4)
            {
                dissection.Malformed("VLAN", frame, new(position, "tag", tags == MaximumTags ? $"more than {MaximumTags} tags" : "ends inside a tag"));
                return false;
            }
            var control = BinaryPrimitives.ReadUInt16BigEndian(frame.Span[position..]);
            type = BinaryPrimitives.ReadUInt16BigEndian(frame.Span[(position + 2)..]);
            var inner = type;
            dissection.Layer("VLAN", $"{control & 0xFFF}", frame.From(position), 4, fields => fields
                .Put("Tag Control Information", $"0x{control:x4}", 2).Put("EtherType", $"0x{inner:x4}", 2));
            position += 4;
        }
        return IsIp(dissection, frame.From(position), type, out packet);
    }

    private static bool Cooked(Dissection dissection, Slice frame, string name, int size, int protocolAt, out Slice packet)
    {
        packet = frame;
        if (frame.Length < size)
        {
            dissection.Malformed(name, frame, new(0, "header", $"{frame.Length} octets, needs {size}"));
            return false;
        }
        var type = BinaryPrimitives.ReadUInt16BigEndian(frame.Span[protocolAt..]);
        dissection.Layer(name, "", frame, size, fields => fields.Skip(protocolAt).Put("Protocol", $"0x{type:x4}", 2));
        return IsIp(dissection, frame.From(size), type, out packet);
    }

    /// <summary>An address family of the capturing system, in its byte order; loopback in network order. IP says itself which it is.</summary>
    private static bool Loopback(Dissection dissection, Slice frame, out Slice packet)
    {
        packet = frame;
        if (frame.Length < 4)
        {
            dissection.Malformed("Null/Loopback", frame, new(0, "Family", $"{frame.Length} octets, needs 4"));
            return false;
        }
        dissection.Layer("Null/Loopback", "", frame, 4, fields => fields.Put("Family", Convert.ToHexStringLower(frame.Span[..4]), 4));
        packet = frame.From(4);
        return true;
    }

    private static bool IsIp(Dissection dissection, Slice slice, ushort type, out Slice packet)
    {
        packet = slice;
        if (type is EtherTypeIpv4 or EtherTypeIpv6)
            return true;
        dissection.Notes.Add(type == 0x0806 ? "ARP" : $"EtherType 0x{type:x4}");
        return false;
    }

    private static string Mac(ReadOnlySpan<byte> octets) => string.Join(':', octets[..6].ToArray().Select(octet => $"{octet:x2}"));
}
