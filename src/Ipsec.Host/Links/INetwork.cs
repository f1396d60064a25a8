using System.Net.NetworkInformation;

namespace Ipsec.Host.Links;

/// <summary>
/// An Ethernet segment with its clock: virtual (time jumps to the next event) or real (a bridge that the host can reach).
/// Single-threaded: nodes run only inside <see cref="RunUntil"/>, so they need no locks in either world.
/// </summary>
public interface INetwork : IAsyncDisposable
{
    /// <summary>The segment's own time.</summary>
    DateTimeOffset Now { get; }

    /// <summary>Whether time is virtual: waiting costs nothing, and no outside process lives on the segment.</summary>
    bool IsVirtual { get; }

    /// <summary>Frames lost between the wire and the nodes by the harness's own capture. More than 0 spoils verdicts.</summary>
    long Dropped => 0;

    /// <summary>Attaches a new link. Disposing the link detaches it.</summary>
    ILink Attach(string name, PhysicalAddress address);

    /// <summary>
    /// Runs all attached nodes until <paramref name="condition"/> holds (true) or the segment's time reaches
    /// <paramref name="deadline"/> (false). The condition is evaluated before the first and after each event.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="NetworkFailedException">The segment broke underneath (interface gone, capture failed).</exception>
    Task<bool> RunUntil(Func<bool> condition, DateTimeOffset deadline, CancellationToken cancellation);
}

/// <summary>The link layer itself failed: the harness can't judge anything. The message says what and where.</summary>
public sealed class NetworkFailedException(string message, Exception? inner = null) : Exception(message, inner);
