using Ipsec.Packets.Ip;

namespace Ipsec.Dataplane;

/// <summary>One packet with room before and after it, so that headers go on and come off without moving what they protect.</summary>
internal sealed class PacketBuffer
{
    /// <summary>Octets before the packet: more than any bundle of the depth that is allowed adds.</summary>
    private const int Headroom = 2048;

    /// <summary>Octets after it: trailers and ICVs likewise.</summary>
    private const int Tailroom = 2048;

    private readonly byte[] _octets = new byte[Headroom + Ipv4Header.MaximumTotalLength + Ipv6View.HeaderLength + Tailroom];

    public int Start { get; private set; }

    public int Length { get; private set; }

    public Span<byte> Packet => _octets.AsSpan(Start, Length);

    /// <summary>From the packet's start to the end of the room.</summary>
    public Span<byte> Room => _octets.AsSpan(Start);

    public void Load(ReadOnlySpan<byte> packet)
    {
        Reset();
        packet.CopyTo(Room);
        Length = packet.Length;
    }

    /// <summary>Empty, with all the headroom.</summary>
    public void Reset()
    {
        Start = Headroom;
        Length = 0;
    }

    /// <summary>Sets the length, counted from the packet's start.</summary>
    public void SetLength(int length) => Length = length;

    /// <summary>Adds octets before the packet; their content is whatever was there.</summary>
    public void Prepend(int count)
    {
        Start -= count;
        Length += count;
    }

    /// <summary>Takes octets off the packet's start.</summary>
    public void RemoveFirst(int count)
    {
        Start += count;
        Length -= count;
    }

    /// <summary>Makes room within the packet: the first <paramref name="before"/> octets move towards the start, <paramref name="count"/> octets open behind them.</summary>
    public void Insert(int before, int count)
    {
        Prepend(count);
        Room.Slice(count, before).CopyTo(Room);
    }

    /// <summary>Takes <paramref name="count"/> octets out behind the first <paramref name="before"/>.</summary>
    public void Remove(int before, int count)
    {
        Room[..before].CopyTo(Room[count..]);
        RemoveFirst(count);
    }
}
