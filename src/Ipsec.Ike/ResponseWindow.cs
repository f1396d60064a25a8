using System.Security.Cryptography;

namespace Ipsec.Ike;

/// <summary>What a request is to the window that it comes to.</summary>
internal enum RequestStanding
{
    New,
    /// <summary>The same octets as before: answered by the response sent before.</summary>
    Retransmission,
    /// <summary>The message id of another request.</summary>
    Different,
    OutsideWindow,
}

/// <summary>
/// The peer's requests on one IKE SA: which message ids are due, and the last responses for when they are asked for again (RFC 7296 sections 2.1 to 2.3).
/// Requests within the window may come in any order.
/// </summary>
internal sealed class ResponseWindow
{
    private readonly Dictionary<uint, Answer> _answers = [];

    /// <summary>How many requests at once this end has promised to keep responses for.</summary>
    public int Size { get; set; } = 1;

    /// <summary>The lowest message id that has not come yet.</summary>
    public uint Expected { get; set; }

    public RequestStanding Classify(uint id, ReadOnlySpan<byte> octets, out byte[][] response)
    {
        response = [];
        if (_answers.TryGetValue(id, out var answer))
        {
            response = answer.Datagrams;
            return SHA256.HashData(octets).AsSpan().SequenceEqual(answer.Digest) ? RequestStanding.Retransmission : RequestStanding.Different;
        }
        return id >= Expected && id - Expected < Size ? RequestStanding.New : RequestStanding.OutsideWindow;
    }

    /// <summary>An authentic request of this id has come; responses that nobody can ask for any more are forgotten.</summary>
    public void Accept(uint id, ReadOnlySpan<byte> octets)
    {
        _answers[id] = new(SHA256.HashData(octets));
        while (_answers.ContainsKey(Expected))
            Expected++;
        foreach (var old in _answers.Keys.Where(old => old + (long)Size < Expected).ToArray())
            _answers.Remove(old);
    }

    public void Answered(uint id, byte[][] datagrams)
    {
        if (_answers.TryGetValue(id, out var answer))
            answer.Datagrams = datagrams;
    }

    private sealed class Answer(byte[] digest)
    {
        public byte[] Digest => digest;
        public byte[][] Datagrams { get; set; } = [];
    }
}
