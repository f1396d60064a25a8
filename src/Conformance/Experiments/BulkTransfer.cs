using Ipsec.Host.Inner;

namespace Conformance.Experiments;

/// <summary>A transfer over the hosts' own TCP, from alice to bob, as fast as it goes.</summary>
internal static class BulkTransfer
{
    private const ushort Port = 9000;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    public static BulkFigures Run(LossyTunnel tunnel, TimeSpan length)
    {
        var listener = tunnel.Bob.Stack.ListenTcp(Port);
        var start = tunnel.Network.Now;
        var sender = tunnel.Alice.Stack.ConnectTcp(start, tunnel.Bob.Stack.Address, Port);
        TcpConnection? receiver = null;
        var chunk = new byte[16 * 1024];
        var buffer = new byte[16 * 1024];
        var (octets, lastProgress, stall) = (0L, start, TimeSpan.Zero);
        tunnel.Run(() => { Step(); return false; }, length);
        Note(tunnel.Network.Now);
        var figures = new BulkFigures(null!, octets, stall.TotalMilliseconds, sender.Retransmissions);
        // What is under way arrives or is lost; the sender falls silent.
        sender.Abort(tunnel.Network.Now);
        receiver?.Abort(tunnel.Network.Now);
        tunnel.Run(() => false, Patience);
        return figures with { Tunnel = VoiceStream.Figures(tunnel) };

        void Step()
        {
            while (sender.SendSpace > 0)
                sender.Send(tunnel.Network.Now, chunk);
            if (receiver is null && !listener.TryAccept(out receiver))
                return;
            while (receiver.Read(tunnel.Network.Now, buffer) is > 0 and var count)
            {
                octets += count;
                Note(tunnel.Network.Now);
            }
        }

        void Note(DateTimeOffset now)
        {
            if (now - lastProgress > stall)
                stall = now - lastProgress;
            lastProgress = now;
        }
    }
}
