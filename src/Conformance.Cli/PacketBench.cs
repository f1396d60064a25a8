using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Ipsec.Packets.Esp;
using Ipsec.Packets.Ike;

namespace Conformance.Cli;

/// <summary>
/// Times views of packets. Each figure is the median of rounds that alternate with those of the references, so that a busy machine disturbs all alike.
/// </summary>
internal static class PacketBench
{
    private const int Rounds = 31;
    private const int Iterations = 200_000;

    public static int Run(TextWriter output)
    {
        var message = InitialMessage();
        var target = new byte[message.Length];
        var hash = new byte[SHA256.HashSizeInBytes];
        var subjects = new (string Name, Func<int> Work)[]
        {
            ("copy (reference)", () => Copy(message, target)),
            ("SHA-256 (reference)", () => SHA256.HashData(message, hash)),
            ("IKE header and payload chain, view", () => View(message)),
            ("ESP header, view", () => Esp(message)),
            ("IKE message, owned records", () => IkeMessage.TryParse(message, out var owned, out _) ? owned.Payloads.Length : 0),
        };
        var times = subjects.Select(_ => new double[Rounds]).ToArray();
        var allocated = new double[subjects.Length];
        for (var round = -3; round < Rounds; round++)
            for (var index = 0; index < subjects.Length; index++)
            {
                var (nanoseconds, octets) = Measure(subjects[index].Work);
                if (round < 0)
                    continue;
                times[index][round] = nanoseconds;
                allocated[index] = octets;
            }

        output.WriteLine(
            $"IKE_SA_INIT request, {message.Length} octets, {View(message)} payloads; median of {Rounds} rounds{(IsOptimised ? "" : "; a Debug build: times mean little")}");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"",-38}{"ns",10}{"octets allocated",18}{"x copy",10}{"x SHA-256",11}"));
        var median = times.Select(rounds => rounds.Order().ElementAt(Rounds / 2)).ToArray();
        for (var index = 0; index < subjects.Length; index++)
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{subjects[index].Name,-38}{median[index],10:0.0}{allocated[index],18:0.0}{median[index] / median[0],10:0.00}{median[index] / median[1],11:0.000}"));
        return ExitCode.AsExpected;
    }

    private static bool IsOptimised => !typeof(IkeHeader).Assembly.GetCustomAttributes(typeof(DebuggableAttribute), false)
        .Any(attribute => ((DebuggableAttribute)attribute).IsJITOptimizerDisabled);

    private static (double Nanoseconds, double Octets) Measure(Func<int> work)
    {
        var sum = 0;
        var before = GC.GetAllocatedBytesForCurrentThread();
        var start = Stopwatch.GetTimestamp();
        for (var iteration = 0; iteration < Iterations; iteration++)
            sum += work();
        var elapsed = Stopwatch.GetElapsedTime(start);
        var octets = GC.GetAllocatedBytesForCurrentThread() - before;
        GC.KeepAlive(sum);
        return (elapsed.TotalNanoseconds / Iterations, (double)octets / Iterations);
    }

    private static int Copy(byte[] message, byte[] target)
    {
        message.AsSpan().CopyTo(target);
        return target[0];
    }

    private static int View(byte[] message)
    {
        if (!IkeHeader.TryParse(message, out var header, out _) || header.Length != message.Length)
            return -1;
        var count = 0;
        var chain = new PayloadChain(header.NextPayload, message.AsSpan(IkeHeader.Size), IkeHeader.Size);
        while (chain.MoveNext())
            count++;
        return chain.Error is null ? count : -1;
    }

    private static int Esp(byte[] packet) => EspView.TryParse(packet, out var view, out _) ? (int)(view.Spi ^ view.SequenceNumber) : 0;

    /// <summary>What an initiator sends: SA, KE, Nonce, both NAT detections, fragmentation and signature notifications, a vendor id.</summary>
    private static byte[] InitialMessage() => new IkeMessage(
        new() { InitiatorSpi = 1, MajorVersion = 2, ExchangeType = ExchangeType.IkeSaInit, Flags = IkeFlags.Initiator },
        [
            new SecurityAssociationPayload([new(1, ProtocolId.Ike, Ipsec.Packets.Octets.Empty, [
                Transform.Encryption(EncryptionId.AesGcm16, 256), Transform.Prf(PrfId.HmacSha256), Transform.KeyExchange(KeyExchangeId.Curve25519)])]),
            new KeyExchangePayload(KeyExchangeId.Curve25519, new byte[32]),
            new NoncePayload(new byte[32]),
            new NotifyPayload(NotifyType.NatDetectionSourceIp, new byte[20]),
            new NotifyPayload(NotifyType.NatDetectionDestinationIp, new byte[20]),
            new NotifyPayload(NotifyType.Ikev2FragmentationSupported),
            new NotifyPayload(NotifyType.SignatureHashAlgorithms, new byte[8]),
            new VendorIdPayload(new byte[16]),
        ]).Encode();
}
