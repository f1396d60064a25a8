using System.Net.NetworkInformation;
using Ipsec.Host.Links;

namespace Conformance.Peers.Tests;

/// <summary>For tests that meet a peer through this machine's own stack, or through another peer.</summary>
internal sealed class UnusedNetwork : INetwork
{
    public DateTimeOffset Now => DateTimeOffset.UtcNow;

    public bool IsVirtual => false;

    public ILink Attach(string name, PhysicalAddress address) => throw new NotSupportedException();

    public Task<bool> RunUntil(Func<bool> condition, DateTimeOffset deadline, CancellationToken cancellation) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
