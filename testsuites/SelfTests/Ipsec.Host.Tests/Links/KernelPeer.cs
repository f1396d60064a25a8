using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography;
using Ipsec.Packets.Ip;

namespace Ipsec.Host.Tests.Links;

/// <summary>A bridge and, in a network namespace of its own, a Linux kernel with an address on it. Everything is removed on disposal.</summary>
internal sealed class KernelPeer : IDisposable
{
    private readonly string _unique = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
    private readonly List<Process> _started = [];
    private bool _filterOpened;
    private bool _disposed;

    private KernelPeer()
    {
    }

    public static Ipv4Address Address { get; } = Ipv4Address.Parse("192.0.2.200");

    public static Ipv6Address Address6 { get; } = Ipv6Address.Parse("2001:db8::200");

    public string Bridge => $"icf{_unique}r";

    // Where br_netfilter is on (Docker turns it on), bridged packets pass the host's FORWARD chain, which Docker's policy closes.
    private string[] AcceptRule => ["FORWARD", "-i", Bridge, "-o", Bridge, "-j", "ACCEPT"];

    private static bool FiltersBridges =>
        File.Exists("/proc/sys/net/bridge/bridge-nf-call-iptables")
        && File.ReadAllText("/proc/sys/net/bridge/bridge-nf-call-iptables").Trim() == "1";

    private string Namespace => $"icf{_unique}";

    private string NearEnd => $"icf{_unique}p";

    /// <summary>Makes it, or ignores the running test with the reason why it can't be made here.</summary>
    public static KernelPeer CreateOrIgnore()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Ignore("needs Linux: bridges and network namespaces");
        }

        if (Environment.UserName != "root")
        {
            Assert.Ignore("needs root: it creates a bridge and a network namespace");
        }

        var peer = new KernelPeer();
        try
        {
            peer.Ip("netns", "add", peer.Namespace);
            peer.Ip("link", "add", peer.Bridge, "type", "bridge");
            peer.Ip("link", "set", peer.Bridge, "up");
            peer.OpenFilter();
            peer.Ip("link", "add", peer.NearEnd, "type", "veth", "peer", "name", "eth0", "netns", peer.Namespace);
            peer.Ip("link", "set", peer.NearEnd, "master", peer.Bridge, "up");
            peer.Ip("-n", peer.Namespace, "link", "set", "lo", "up");
            peer.Ip("-n", peer.Namespace, "address", "add", $"{Address}/24", "dev", "eth0");
            peer.Ip("-n", peer.Namespace, "-6", "address", "add", $"{Address6}/64", "dev", "eth0", "nodad");
            peer.Ip("-n", peer.Namespace, "link", "set", "eth0", "up");
            return peer;
        }
        catch (Win32Exception)
        {
            Assert.Ignore("needs iproute2 (and iptables where bridges are filtered): the command 'ip' or 'iptables' is missing");
            throw;
        }
        catch (InvalidOperationException refused)
        {
            peer.Dispose();
            Assert.Ignore($"needs a kernel that makes bridges and network namespaces: {refused.Message}");
            throw;
        }
    }

    /// <summary>Starts a command on the kernel's side; ignores the test if the tool is missing.</summary>
    public Process Start(string tool, params string[] arguments)
    {
        if (!Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, tool))))
        {
            Assert.Ignore($"needs the command '{tool}'");
        }

        var start = new ProcessStartInfo("ip", ["netns", "exec", Namespace, tool, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
            RedirectStandardError = true,
        };
        var process = Process.Start(start)!;
        _started.Add(process);
        return process;
    }

    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        foreach (var process in _started)
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
                process.WaitForExit();
            }

            process.Dispose();
        }

        if (_filterOpened)
        {
            _filterOpened = false;
            Run("iptables", ["-w", "-D", .. AcceptRule]);
            Run("ip6tables", ["-w", "-D", .. AcceptRule]);
        }

        foreach (var arguments in new string[][] { ["link", "delete", NearEnd], ["netns", "delete", Namespace], ["link", "delete", Bridge] })
        {
            try
            {
                Ip(arguments);
            }
            catch (InvalidOperationException notThere)
            {
                TestContext.Out.WriteLine(notThere.Message);
            }
        }
    }

    private void OpenFilter()
    {
        if (FiltersBridges)
        {
            Run("iptables", ["-w", "-I", .. AcceptRule]);
            Run("ip6tables", ["-w", "-I", .. AcceptRule]);
            _filterOpened = true;
        }
    }

    private void Ip(params string[] arguments) => Run("ip", arguments);

    private static void Run(string command, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"'{command} {string.Join(' ', arguments)}': {error.Trim()}");
        }
    }
}
