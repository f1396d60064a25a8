namespace Conformance.Implementations;

/// <summary>Brings one kind of implementation up. Instances of a driver are independent and may run at the same time.</summary>
public interface IImplementationDriver
{
    /// <summary>Short name by which users select it.</summary>
    string Name { get; }

    /// <summary>Null if it can run here; otherwise one sentence saying what is missing and what to do.</summary>
    Task<string?> Obstacle(CancellationToken cancellation);

    /// <summary>Starts instance number <paramref name="instance"/> (from 0) on a segment of its own, ready for <see cref="IImplementation.Configure"/>.</summary>
    /// <exception cref="ImplementationFailedException">It did not come up.</exception>
    Task<IImplementation> Start(int instance, IProgress<string> progress, CancellationToken cancellation);
}
