using System.CommandLine;

namespace Conformance.Cli;

/// <summary><c>bench</c>: how fast the parts are, each figure beside a reference that was measured in the same run.</summary>
internal static class BenchCommand
{
    public static Command Create(Terminal terminal)
    {
        var packets = new Command("packets", "Views of IKE messages, against copying and hashing the same octets.");
        packets.SetAction(_ => PacketBench.Run(terminal.Out));
        return new DocumentedCommand("bench", "Measures how fast the parts are, beside a reference of the same run.", $"""
            Examples:
              {CommandLine.Name} bench packets
              {CommandLine.Name} bench crypto --filter 'esp/*/ENCR_AES_GCM_16-*'
              {CommandLine.Name} bench dataplane --filter '*/1400'
            """)
        {
            BenchFiguresCommand.Crypto(terminal),
            BenchFiguresCommand.Dataplane(terminal),
            packets,
        };
    }
}
