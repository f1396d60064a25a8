using System.Net;

namespace Conformance.Decoding;

/// <summary>A ladder diagram for each pair of outer addresses that speak IKE, ESP or AH. Keeps so many conversations and rungs and no more.</summary>
public sealed class Ladders
{
    private const int MaximumConversations = 1000;
    private const int MaximumRungs = 2000;

    private readonly Dictionary<(IPAddress, IPAddress), Conversation> _conversations = [];
    private int _unshown;

    /// <summary>In the order of their first frames.</summary>
    public IEnumerable<Conversation> Conversations => _conversations.Values.OrderBy(conversation => conversation.FirstFrame);

    /// <summary>Frames of conversations beyond the limit.</summary>
    public int Unshown => _unshown;

    internal void Add(DecodedPacket packet, IPAddress source, IPAddress destination)
    {
        var fromLeft = true;
        if (!_conversations.TryGetValue((source, destination), out var conversation))
        {
            fromLeft = false;
            if (!_conversations.TryGetValue((destination, source), out conversation))
            {
                if (_conversations.Count == MaximumConversations)
                {
                    _unshown++;
                    return;
                }
                fromLeft = true;
                _conversations.Add((source, destination), conversation = new(source, destination, packet.Frame, packet.Time));
            }
        }
        if (conversation.Rungs.Count == MaximumRungs)
            conversation.Unshown++;
        else
            conversation.Rungs.Add(new(packet.Frame, packet.Time - conversation.Start, fromLeft, packet.Summary + Marks(packet)));
    }

    private static string Marks(DecodedPacket packet) => packet.Protections.Length == 0
        ? ""
        : packet.Protections.Any(protection => protection.Icv == IcvState.Wrong) ? " [ICV WRONG]"
        : packet.Protections.All(protection => protection is { IsReadable: true, Icv: IcvState.Verified }) ? " [verified]"
        : packet.Protections.All(protection => protection.Decrypted) ? " [decrypted]"
        : packet.Protections.All(protection => protection.IsReadable) ? " [not verified]" : " [not decrypted]";
}

/// <summary>What two addresses said to each other.</summary>
/// <param name="Left">Who spoke first.</param>
public sealed record Conversation(IPAddress Left, IPAddress Right, int FirstFrame, DateTimeOffset Start)
{
    public List<Rung> Rungs { get; } = [];

    /// <summary>Rungs beyond the limit.</summary>
    public int Unshown { get; internal set; }
}

/// <summary>One frame of a conversation.</summary>
/// <param name="Since">From the conversation's first frame.</param>
public sealed record Rung(int Frame, TimeSpan Since, bool FromLeft, string Text);
