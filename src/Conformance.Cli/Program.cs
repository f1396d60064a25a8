using Conformance.Cli;

using var termination = new Termination();
return await CommandLine.Run(args, Terminal.OfProcess(), termination.Token);
