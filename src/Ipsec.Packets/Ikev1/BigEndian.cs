namespace Ipsec.Packets.Ikev1;

/// <summary>Network byte order in a growing body.</summary>
internal static class BigEndian
{
    public static void Add(List<byte> target, uint value) =>
        target.AddRange([(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value]);

    public static void Set16(List<byte> target, int position, int value)
    {
        target[position] = (byte)(value >> 8);
        target[position + 1] = (byte)value;
    }
}
