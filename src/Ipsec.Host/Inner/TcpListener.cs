namespace Ipsec.Host.Inner;

/// <summary>Serves a connection: called after everything that happens to it, to read, send and close as it can.</summary>
public delegate void TcpService(DateTimeOffset now, TcpConnection connection);

/// <summary>A listening TCP port. Connections wait here until they are taken, or are served by the port's <see cref="TcpService"/>.</summary>
public sealed class TcpListener
{
    private const int Backlog = 64;

    private readonly Queue<TcpConnection> _established = new();

    internal TcpListener(ushort port, TcpService? service)
    {
        Port = port;
        Service = service;
    }

    public ushort Port { get; }

    internal TcpService? Service { get; }

    internal bool IsFull => _established.Count >= Backlog;

    /// <summary>Takes the connection that has waited longest.</summary>
    public bool TryAccept([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out TcpConnection? connection) =>
        _established.TryDequeue(out connection);

    internal void Established(TcpConnection connection)
    {
        if (Service is null)
        {
            _established.Enqueue(connection);
        }
    }
}
