using Conformance.Defects;
using Conformance.Implementations;
using Ipsec.Crypto;
using Ipsec.Host;

namespace Conformance.InHouse;

/// <summary>
/// Makes in-house stacks to be judged, right ones and, with a <see cref="Defect"/>, wrong ones. It lives here and not with the other drivers, because the
/// scenario projects run against it by default and know nothing above this library.
/// </summary>
/// <param name="defect">The fault to inject; null for none.</param>
public sealed class InHouseDriver(Defect? defect = null) : IImplementationDriver
{
    public const string ShortName = "in-house";

    public string Name => defect is null ? ShortName : $"{ShortName}+{defect.Name}";

    public Task<string?> Obstacle(CancellationToken cancellation) => Task.FromResult<string?>(null);

    public Task<IImplementation> Start(int instance, IProgress<string> progress, CancellationToken cancellation)
    {
        // Deterministic: the same scenario sees the same octets, run for run.
        ulong configurations = 0;
        return Task.FromResult<IImplementation>(new InHouseImplementation(
            () => new IpsecHostOptions { Random = RandomSource.Seeded(0x11e_0000 + configurations++) }, Name, defect));
    }
}
