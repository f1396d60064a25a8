using System.Net;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Ipsec.Host.Inner;
using Ipsec.Packets;
using Ipsec.Packets.Ip;

namespace Conformance.Testing;

/// <summary>
/// Certificates over HTTP at the tester's place, each under the SHA-1 hash of its octets. What it was asked for is kept.
/// </summary>
public sealed class CertificateServer(IPAddress address)
{
    public const ushort Port = 80;

    private readonly Dictionary<string, byte[]> _contents = [];
    private readonly HashSet<string> _asked = [];
    private readonly ConditionalWeakTable<TcpConnection, Served> _served = [];

    /// <summary>The URL that hashes come after.</summary>
    public string Base { get; } = $"http://{(((IpAddress)address).IsIpv6 ? $"[{address}]" : address)}/certificates/";

    /// <summary>Whether requests are answered at all.</summary>
    public bool Answers { get; set; } = true;

    /// <summary>Whether somebody has asked for this.</summary>
    public bool WasAskedFor(Octets content) => _asked.Contains(PathOf(content));

    /// <summary>What is found at the place of these octets.</summary>
    public void Publish(Octets content) => _contents[PathOf(content)] = content.ToArray();

    /// <summary>The same at a path of the script's own, below <see cref="Base"/>; returns the URL.</summary>
    public string PublishAt(string path, Octets content)
    {
        var url = Base + path;
        _contents[new Uri(url).PathAndQuery] = content.ToArray();
        return url;
    }

    /// <summary>What is at a URL of this server; null for nothing.</summary>
    public byte[]? Find(string url) => _contents.GetValueOrDefault(url.StartsWith(Base, StringComparison.Ordinal) ? new Uri(url).AbsolutePath : "");

    /// <summary>Serves a connection: one request line, and the answer to it.</summary>
    public void Serve(DateTimeOffset now, TcpConnection connection)
    {
        if (!_served.TryGetValue(connection, out var state))
            _served.Add(connection, state = new());
        var buffer = new byte[1024];
        while (connection.Available > 0)
            state.Request += Encoding.ASCII.GetString(buffer, 0, connection.Read(now, buffer));
        if (state.Answer is null && state.Request.Contains("\r\n\r\n", StringComparison.Ordinal) && Answers)
            state.Answer = Answer(state.Request);
        if (state.Answer is not { } answer)
            return;
        while (state.Sent < answer.Length && connection.SendSpace > 0)
            state.Sent += connection.Send(now, answer.AsSpan(state.Sent, Math.Min(connection.SendSpace, answer.Length - state.Sent)));
        if (state.Sent == answer.Length)
            connection.Close(now);
    }

    private byte[] Answer(string request)
    {
        var path = request.Split(' ') is ["GET", { } asked, ..] ? asked : "";
        _asked.Add(path);
        return _contents.TryGetValue(path, out var content)
            ? [.. Encoding.ASCII.GetBytes($"HTTP/1.0 200 OK\r\nContent-Type: application/pkix-cert\r\nContent-Length: {content.Length}\r\n\r\n"), .. content]
            : "HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\n\r\n"u8.ToArray();
    }

    private string PathOf(Octets content) => $"{new Uri(Base).AbsolutePath}{Convert.ToHexStringLower(SHA1.HashData(content.Span))}";

    private sealed class Served
    {
        public string Request { get; set; } = "";
        public byte[]? Answer { get; set; }
        public int Sent { get; set; }
    }
}
