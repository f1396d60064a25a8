using System.Buffers.Binary;

namespace Ipsec.Ike;

internal enum MsChapV2OpCode : byte
{
    Challenge = 1,
    Response = 2,
    Success = 3,
    Failure = 4,
}

/// <summary>
/// What EAP-MSCHAPv2 has behind its type octet; OpCode alone in the peer's answer to Success and Failure.
/// <code>
/// |    OpCode     |  MS-CHAPv2-ID |           MS-Length           |
/// |  Value ...
/// </code>
/// MS-Length counts from OpCode on.
/// </summary>
internal readonly ref struct MsChapV2Packet(MsChapV2OpCode opCode, byte identifier, ReadOnlySpan<byte> value)
{
    private const int HeaderSize = 4;

    public MsChapV2OpCode OpCode { get; } = opCode;
    public byte Identifier { get; } = identifier;
    public ReadOnlySpan<byte> Value { get; } = value;

    public static bool TryParse(ReadOnlySpan<byte> data, out MsChapV2Packet packet)
    {
        packet = default;
        if (data.Length < HeaderSize || BinaryPrimitives.ReadUInt16BigEndian(data[2..]) != data.Length)
            return false;
        packet = new((MsChapV2OpCode)data[0], data[1], data[HeaderSize..]);
        return true;
    }

    public static byte[] Write(MsChapV2OpCode opCode, byte identifier, ReadOnlySpan<byte> value)
    {
        var length = HeaderSize + value.Length;
        return [(byte)opCode, identifier, (byte)(length >> 8), (byte)length, .. value];
    }
}
