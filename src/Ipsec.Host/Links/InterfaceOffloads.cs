using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace Ipsec.Host.Links;

/// <summary>
/// Switches a Linux interface's offloads off (ioctl SIOCETHTOOL), so that packets cross it as they would cross a wire: segmented, and with
/// their checksums filled in. On veths the kernel leaves both out otherwise.
/// </summary>
internal static class InterfaceOffloads
{
    private const int SiocEthtool = 0x8946;
    private const int NameLength = 16;
    private const int RequestLength = 40;

    // linux/ethtool.h: ETHTOOL_S… with one 32-bit value. Segmentation first: it depends on scatter-gather and checksums.
    private static readonly (string Name, uint Command)[] Offloads =
    [
        ("tcp-segmentation-offload", 0x1F),
        ("generic-segmentation-offload", 0x24),
        ("generic-receive-offload", 0x2C),
        ("scatter-gather", 0x19),
        ("tx-checksumming", 0x17),
    ];

    /// <summary>Switches all of them off.</summary>
    /// <exception cref="NetworkFailedException">The interface refused one that it has.</exception>
    public static void Disable(string interfaceName)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        foreach (var (name, command) in Offloads)
        {
            const int operationNotSupported = 95;
            var error = Set(socket, interfaceName, command, 0);
            if (error is not 0 and not operationNotSupported)
            {
                throw new NetworkFailedException(
                    $"{name} of interface '{interfaceName}' could not be switched off: {Marshal.GetPInvokeErrorMessage(error)}. "
                    + "Captured packets would carry unfinished checksums.");
            }
        }
    }

    // struct ifreq: the name in 16 octets, then a pointer to struct ethtool_value { u32 cmd; u32 data }.
    private static int Set(Socket socket, string interfaceName, uint command, uint value)
    {
        var memory = Marshal.AllocHGlobal(RequestLength + 8);
        try
        {
            var request = new byte[RequestLength];
            Encoding.ASCII.GetBytes(interfaceName, request.AsSpan(0, NameLength - 1));
            Marshal.Copy(request, 0, memory, RequestLength);
            var argument = memory + RequestLength;
            Marshal.WriteIntPtr(memory, NameLength, argument);
            Marshal.WriteInt32(argument, (int)command);
            Marshal.WriteInt32(argument, 4, (int)value);
            return Ioctl(socket.SafeHandle, SiocEthtool, memory) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
        finally
        {
            Marshal.FreeHGlobal(memory);
        }
    }

    [DllImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static extern int Ioctl(SafeHandle descriptor, nuint request, nint argument);
}
