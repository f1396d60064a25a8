using System.Net.NetworkInformation;
using System.Security.Cryptography;
using SharpPcap;
using SharpPcap.LibPcap;

namespace Ipsec.Host.Links;

/// <summary>
/// One end of a veth pair whose other end is a port of the bridge. The node lives on the near end by capture and injection; the kernel
/// must not live there too, so that end has no IP address, no ARP, no IPv6, and a MAC address other than the node's.
/// </summary>
internal sealed class RealLink : ILink
{
    private const int SnapshotLength = 2048;
    private const int BufferLength = 64 << 20;
    private static readonly TimeSpan CaptureEndTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ForwardingTimeout = TimeSpan.FromSeconds(5);

    private readonly RealNetwork _network;
    private readonly string _nearEnd;
    private readonly LibPcapLiveDevice _device;
    private readonly Thread _captureThread;
    private volatile bool _disposed;

    public RealLink(RealNetwork network, string bridgeName, string name, PhysicalAddress address)
    {
        _network = network;
        Name = name;
        Address = address;
        Mac = MacAddress.OfNode(address);
        var unique = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(5));
        _nearEnd = $"icf{unique}n";
        var bridgeEnd = $"icf{unique}b";
        IpCommand.Run("link", "add", _nearEnd, "type", "veth", "peer", "name", bridgeEnd);
        try
        {
            SilenceKernel(_nearEnd);
            SilenceKernel(bridgeEnd);
            InterfaceOffloads.Disable(_nearEnd);
            InterfaceOffloads.Disable(bridgeEnd);
            IpCommand.Run("link", "set", bridgeEnd, "master", bridgeName, "up");
            IpCommand.Run("link", "set", _nearEnd, "arp", "off", "up");
            AwaitForwarding(bridgeName, _nearEnd, bridgeEnd);
            _device = Open();
            // A thread of its own: a capture that blocks one of the pool's few threads delays whoever waits for a frame.
            _captureThread = new Thread(_device.Capture) { IsBackground = true, Name = $"capture {name}" };
            _captureThread.Start();
        }
        catch
        {
            RemoveInterfaces();
            throw;
        }
    }

    public string Name { get; }

    public PhysicalAddress Address { get; }

    public MacAddress Mac { get; }

    public int Mtu => 1500;

    public INode? Node { get; set; }

    public event FrameObserver? Observed;

    /// <summary>Frames that the kernel lost before they reached the capture thread.</summary>
    public long DroppedByKernel => _disposed ? 0 : _device.Statistics.DroppedPackets + (long)_device.Statistics.InterfaceDroppedPackets;

    public void Send(ReadOnlySpan<byte> frame)
    {
        if (_disposed || frame.Length < EthernetFrame.HeaderLength || frame.Length > EthernetFrame.HeaderLength + Mtu)
        {
            return;
        }

        Observed?.Invoke(DateTimeOffset.UtcNow, FrameDirection.Sent, frame);
        try
        {
            _device.SendPacket(frame);
        }
        catch (PcapException failure)
        {
            _network.Fail($"link '{Name}' could not send through {_nearEnd}: {failure.Message}");
        }
    }

    public void Deliver(DateTimeOffset now, DateTimeOffset captured, ReadOnlySpan<byte> frame)
    {
        if (!_disposed)
        {
            Observed?.Invoke(captured, FrameDirection.Received, frame);
            Node?.Receive(now, frame);
        }
    }

    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _network.Detach(this);
        RemoveInterfaces(); // which ends the capture
        _captureThread.Join(CaptureEndTimeout);
        _device.OnPacketArrival -= Captured;
        _device.Close();
    }

    // No capture filter: for one packet after its installation libpcap filters outside the kernel, where "inbound" matches nothing, and the
    // first frame would be lost. It is not needed either: a socket does not capture what it sends, and nobody else sends from the near end.
    private LibPcapLiveDevice Open()
    {
        var device = Devices().FirstOrDefault(candidate => candidate.Name == _nearEnd)
            ?? throw new NetworkFailedException($"libpcap does not show the interface {_nearEnd} of link '{Name}'");
        try
        {
            device.Open(new DeviceConfiguration
            {
                Mode = DeviceModes.Promiscuous,
                Immediate = true,
                Snaplen = SnapshotLength,
                BufferSize = BufferLength,
            });
        }
        catch (PcapException failure)
        {
            throw new NetworkFailedException($"capturing on {_nearEnd} of link '{Name}' failed: {failure.Message}", failure);
        }

        device.OnPacketArrival += Captured;
        device.OnCaptureStopped += (_, status) =>
        {
            if (!_disposed && status == CaptureStoppedEventStatus.ErrorWhileCapturing)
            {
                _network.Fail($"capturing on {_nearEnd} of link '{Name}' broke off; was the interface removed?");
            }
        };
        return device;
    }

    /// <summary>Interfaces of other networks come and go while they are listed, and the list can trip over one that is half gone.</summary>
    private static LibPcapLiveDeviceList Devices()
    {
        const int attempts = 5;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return LibPcapLiveDeviceList.New();
            }
            catch (ArgumentException) when (attempt < attempts)
            {
            }
            catch (ArgumentException failure)
            {
                throw new NetworkFailedException($"the interfaces of this machine could not be listed: {failure.Message}", failure);
            }
        }
    }

    // On the capture thread.
    private void Captured(object sender, PacketCapture capture)
    {
        var frame = capture.Data;
        if (_disposed || frame.Length < EthernetFrame.HeaderLength)
        {
            return;
        }

        var destination = EthernetFrame.Destination(frame);
        if (destination == Mac || destination.IsGroup)
        {
            var time = capture.Header.Timeval;
            var captured = DateTimeOffset.UnixEpoch.AddSeconds(time.Seconds).AddMicroseconds(time.MicroSeconds);
            _network.Enqueue(new CapturedFrame(captured, this, frame.ToArray()));
        }
    }

    private static void SilenceKernel(string interfaceName)
    {
        Configure($"/proc/sys/net/ipv6/conf/{interfaceName}/disable_ipv6", "1");
        Configure($"/proc/sys/net/ipv4/conf/{interfaceName}/arp_ignore", "8");
        Configure($"/proc/sys/net/ipv4/conf/{interfaceName}/forwarding", "0");
    }

    // In a container /proc/sys can be read-only, and a kernel can lack IPv6: the link works, with some router solicitations on it.
    private static void Configure(string path, string value)
    {
        try
        {
            File.WriteAllText(path, value);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
        }
    }

    // The kernel starts both queues and opens the port a moment after the pair is up; what is sent before that is lost.
    private static void AwaitForwarding(string bridgeName, string nearEnd, string bridgeEnd)
    {
        const string forwarding = "3";
        if (!SpinWait.SpinUntil(IsReady, ForwardingTimeout))
        {
            throw new NetworkFailedException(
                $"the bridge '{bridgeName}' did not open its port within {ForwardingTimeout.TotalSeconds} s: "
                + "is the bridge up, and its spanning tree protocol off?");
        }

        bool IsReady() => Read(nearEnd, "operstate") == "up" && Read(bridgeEnd, "operstate") == "up" && Read(bridgeEnd, "brport/state") == forwarding;
    }

    private static string Read(string interfaceName, string attribute)
    {
        try
        {
            return File.ReadAllText($"/sys/class/net/{interfaceName}/{attribute}").Trim();
        }
        catch (IOException)
        {
            return "gone";
        }
    }

    private void RemoveInterfaces()
    {
        try
        {
            IpCommand.Run("link", "delete", _nearEnd);
        }
        catch (NetworkFailedException) when (!Directory.Exists($"/sys/class/net/{_nearEnd}"))
        {
            // Somebody else removed it, with the bridge's namespace for instance.
        }
    }
}
