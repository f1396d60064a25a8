using System.CommandLine;
using Conformance.Decoding;

namespace Conformance.Cli;

/// <summary><c>decode</c>: a capture as trees and ladders, deciphered with Wireshark's key files.</summary>
internal static class DecodeCommand
{
    public static Command Create(Terminal terminal)
    {
        var file = new Argument<string>("FILE") { HelpName = "FILE", Description = "A capture: pcap or pcapng, also gzipped." };
        var ike = new Option<string?>("--ike-keys") { HelpName = "FILE", Description = "Keys of IKEv2 SAs: Wireshark's ikev2_decryption_table." };
        var ikev1 = new Option<string?>("--ikev1-keys") { HelpName = "FILE", Description = "Keys of IKEv1 SAs: Wireshark's ikev1_decryption_table." };
        var esp = new Option<string?>("--esp-keys") { HelpName = "FILE", Description = "Keys of ESP SAs: Wireshark's esp_sa." };
        var json = new Option<bool>("--json") { Description = "Print one JSON document instead of text." };
        var command = new DocumentedCommand("decode", "Decodes anyone's capture: IKEv1, IKEv2, ESP, AH, decrypted and verified where there are keys.", $"""
            Examples:
              {CommandLine.Name} decode capture.pcapng
              {CommandLine.Name} decode capture.pcapng --ike-keys ikev2_decryption_table --esp-keys esp_sa
              {CommandLine.Name} decode capture.pcap.gz --json

            An AH SA is a line of esp_sa with encryption NULL. Its authentication, and that of an ESP SA, may also be "AES-XCBC-96 [RFC3566]",
            "AES-CMAC-96 [RFC4494]", "AES-128-GMAC [RFC4543]" (192, 256; AH alone), which Wireshark has no names for. A line of ikev1_decryption_table
            may have SKEYID_a and SKEYID behind Wireshark's two fields: HASH payloads are then verified.

            Exit code 1 when something in the capture is malformed.
            """);
        command.Arguments.Add(file);
        command.Options.Add(ike);
        command.Options.Add(ikev1);
        command.Options.Add(esp);
        command.Options.Add(json);
        command.SetAction(parsed => Decode(
            parsed.GetRequiredValue(file),
            LoadKeys(parsed.GetValue(ike), parsed.GetValue(ikev1), parsed.GetValue(esp)),
            parsed.GetValue(json),
            terminal));
        return command;
    }

    private static int Decode(string path, DecryptionKeys keys, bool asJson, Terminal terminal)
    {
        if (!File.Exists(path))
            throw CommandFailure.Usage($"There is no file '{path}'.");
        using var stream = File.OpenRead(path);
        var reader = CaptureFile.Open(stream);
        var decoder = new CaptureDecoder(keys);
        var malformed = asJson ? WriteJson(reader, decoder) : WriteText(reader, decoder, terminal.Out);
        if (reader.Problem is { } problem)
            terminal.Complain($"{problem}. What comes after it is lost.");
        return malformed > 0 || reader.Problem is not null ? ExitCode.UnexpectedVerdicts : ExitCode.AsExpected;
    }

    private static int WriteText(ICaptureReader reader, CaptureDecoder decoder, TextWriter output)
    {
        int frames = 0, malformed = 0, protections = 0, decrypted = 0, verified = 0, wrong = 0;
        while (reader.Next() is { } frame)
        {
            var packet = decoder.Decode(frame);
            DecodedText.Write(output, packet);
            output.WriteLine();
            frames++;
            malformed += packet.Malformations.Length;
            protections += packet.Protections.Length;
            decrypted += packet.Protections.Count(protection => protection.Decrypted);
            verified += packet.Protections.Count(protection => protection.Icv == IcvState.Verified);
            wrong += packet.Protections.Count(protection => protection.Icv == IcvState.Wrong);
        }
        DecodedText.Write(output, decoder.Ladders);
        output.WriteLine();
        output.WriteLine(
            $"{frames} frames, {protections} protected packets: {decrypted} decrypted, {verified} verified, {wrong} with a wrong ICV; {malformed} malformed");
        return malformed;
    }

    /// <summary>JSON goes to the process's standard output as octets: a terminal's writer would encode it a second time.</summary>
    private static int WriteJson(ICaptureReader reader, CaptureDecoder decoder)
    {
        using var output = Console.OpenStandardOutput();
        using var json = new DecodedJson(output);
        var malformed = 0;
        while (reader.Next() is { } frame)
        {
            var packet = decoder.Decode(frame);
            json.Write(packet);
            malformed += packet.Malformations.Length;
        }
        json.Finish(decoder.Ladders, reader.Problem);
        return malformed;
    }

    private static DecryptionKeys LoadKeys(string? ike, string? ikev1, string? esp)
    {
        foreach (var path in new[] { ike, ikev1, esp })
            if (path is not null && !File.Exists(path))
                throw CommandFailure.Usage($"There is no key file '{path}'.");
        try
        {
            return DecryptionKeys.Load(ike, ikev1, esp);
        }
        catch (KeyFileException error)
        {
            throw CommandFailure.Usage($"A key file is wrong: {error.Message}.");
        }
    }
}
