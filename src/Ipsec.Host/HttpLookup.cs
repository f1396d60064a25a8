using System.Net;
using System.Text;
using Ipsec.Host.Inner;
using Ipsec.Packets.Ip;

namespace Ipsec.Host;

/// <summary>
/// Asks for what is at a URL (HTTP/1.0, RFC 1945 section 5; RFC 7296 section 3.6) over a stack of the host's own. Names are not looked up: the URL's host is an
/// address. Whatever a server says, memory stays bounded, and results wait to be taken. Not thread-safe.
/// </summary>
internal sealed class HttpLookup(InnerStack stack)
{
    private const int MaximumHeaderLength = 8192;

    private readonly Dictionary<ulong, TcpConnection> _open = [];
    private readonly Queue<(ulong Id, byte[]? Content)> _results = new();

    /// <summary>From where it asks.</summary>
    public IEnumerable<IpAddress> Addresses => stack.Addresses;

    public bool HasResults => _results.Count > 0;

    public bool TryTake(out (ulong Id, byte[]? Content) result) => _results.TryDequeue(out result);

    /// <param name="id">Unique while it lasts.</param>
    /// <param name="maximum">Octets; more count as nothing.</param>
    public void Begin(DateTimeOffset now, ulong id, string url, int maximum)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme != Uri.UriSchemeHttp || !IPAddress.TryParse(uri.Host.Trim('[', ']'), out var address))
        {
            _results.Enqueue((id, null));
            return;
        }
        var request = Encoding.ASCII.GetBytes($"GET {uri.PathAndQuery} HTTP/1.0\r\nHost: {uri.Authority}\r\n\r\n");
        var received = new MemoryStream();
        var isSent = false;
        try
        {
            _open[id] = stack.ConnectTcp(now, address, (ushort)uri.Port, Serve);
        }
        catch (InvalidOperationException)
        {
            // No address of that family, or too many connections.
            _results.Enqueue((id, null));
        }

        void Serve(DateTimeOffset time, TcpConnection connection)
        {
            if (!_open.ContainsKey(id))
                return;
            if (!isSent && connection.SendSpace >= request.Length)
                isSent = connection.Send(time, request) == request.Length;
            Span<byte> buffer = stackalloc byte[4096];
            while (connection.Available > 0 && received.Length <= MaximumHeaderLength + maximum)
                received.Write(buffer[..connection.Read(time, buffer)]);
            if (received.Length > MaximumHeaderLength + maximum)
                Finish(time, id, connection, null);
            else if (connection.RemoteClosed || connection.State == TcpState.Closed)
                Finish(time, id, connection, Body(received.ToArray(), maximum));
        }
    }

    public void Stop(DateTimeOffset now, ulong id)
    {
        if (_open.Remove(id, out var connection))
            connection.Abort(now);
    }

    private void Finish(DateTimeOffset now, ulong id, TcpConnection connection, byte[]? content)
    {
        _open.Remove(id);
        _results.Enqueue((id, content));
        if (connection.RemoteClosed)
            connection.Close(now);
        else
            connection.Abort(now);
    }

    /// <summary>What a response has behind its header, if it says that this is what was asked for.</summary>
    private static byte[]? Body(byte[] response, int maximum)
    {
        var end = response.AsSpan().IndexOf("\r\n\r\n"u8);
        if (end is < 0 or > MaximumHeaderLength || response.Length - end - 4 > maximum)
            return null;
        var status = Encoding.ASCII.GetString(response, 0, end).Split("\r\n")[0].Split(' ');
        return status is [{ } version, "200", ..] && version.StartsWith("HTTP/1.", StringComparison.Ordinal) ? response[(end + 4)..] : null;
    }
}
