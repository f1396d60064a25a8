using System.Collections.Immutable;
using Conformance.Implementations;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Dataplane;

/// <summary>
/// The cells of the matrix. AH alone is the full product; elsewhere every pair of values of two factors occurs. What can't exist is left out by these rules:
/// <list type="bullet">
/// <item>Transport mode has one header, so one family.</item>
/// <item>A combined-mode cipher has no separate integrity algorithm, any other has one: NULL with none is no ESP (RFC 4303 section 3.2).</item>
/// <item>BEET is a mode of ESP (RFC 7402 appendix B), so not of AH alone.</item>
/// <item>Only ESP goes in UDP (RFC 3948 section 2.1), so nothing with AH outermost.</item>
/// </list>
/// </summary>
internal static class Cells
{
    private static readonly IpsecMode[] Modes = [IpsecMode.Transport, IpsecMode.Tunnel, IpsecMode.Beet];
    private static readonly Families[] AllFamilies = [new(false, false), new(true, true), new(false, true), new(true, false)];
    private static readonly (IpsecMode Mode, Families Families)[] Shapes =
        [.. from mode in Modes from families in AllFamilies where CanBe(mode, families) select (mode, families)];
    private static readonly IntegrityId[] SeparateOrNone = [IntegrityId.None, .. MatrixAlgorithms.Integrities];
    private static readonly CipherSuite[] OuterSuites =
    [
        new(EncryptionId.AesGcm16, 128, IntegrityId.None),
        new(EncryptionId.AesCbc, 256, IntegrityId.HmacSha256_128),
        new(EncryptionId.ChaCha20Poly1305, 256, IntegrityId.None),
        new(EncryptionId.Null, 0, IntegrityId.HmacSha512_256),
    ];

    private const int MostKeyLengths = 3;
    private const int NoOrYes = 2;

    public static ImmutableArray<Cell> All { get; } = [.. Esp(), .. EspWithImplicitIv(), .. Ah(), .. AhOverEsp(), .. EspOverEsp(), .. EspOverIpComp()];

    /// <summary>Every shape with every cipher, integrity algorithm and option.</summary>
    private static IEnumerable<Cell> Esp() =>
        from choice in AllPairs.Choose(
            [Shapes.Length, MatrixAlgorithms.Ciphers.Length, MostKeyLengths, SeparateOrNone.Length, NoOrYes, NoOrYes],
            choice => IsSuite(choice[1], choice[2], choice[3]))
        let shape = Shapes[choice[0]]
        select new Cell(Layers.Esp, shape.Mode, shape.Families, Suite(choice[1], choice[2], choice[3]), null, IntegrityId.None, choice[4] == 1, choice[5] == 1);

    /// <summary>Every shape with every cipher.</summary>
    private static IEnumerable<Cell> EspWithImplicitIv() =>
        from shape in Shapes
        from cipher in MatrixAlgorithms.ImplicitIvCiphers
        select new Cell(
            Layers.Esp, shape.Mode, shape.Families, new(cipher, MatrixAlgorithms.KeyLengths(cipher)[0], IntegrityId.None), null, IntegrityId.None,
            Esn: shape.Families.InnerIpv6, Udp: shape.Mode == IpsecMode.Tunnel);

    private static IEnumerable<Cell> Ah() =>
        from shape in Shapes
        where shape.Mode != IpsecMode.Beet
        from integrity in MatrixAlgorithms.Integrities.Concat(MatrixAlgorithms.Gmacs)
        from esn in new[] { false, true }
        select new Cell(Layers.Ah, shape.Mode, shape.Families, null, null, integrity, esn, Udp: false);

    private static IEnumerable<Cell> AhOverEsp() =>
        from choice in AllPairs.Choose(
            [Modes.Length, AllFamilies.Length, MatrixAlgorithms.Ciphers.Length, MostKeyLengths, SeparateOrNone.Length, NoOrYes, MatrixAlgorithms.Integrities.Length],
            choice => CanBe(choice) && IsSuite(choice[2], choice[3], choice[4]))
        select new Cell(
            Layers.AhOverEsp, Modes[choice[0]], AllFamilies[choice[1]], Suite(choice[2], choice[3], choice[4]), null, MatrixAlgorithms.Integrities[choice[6]],
            choice[5] == 1, Udp: false);

    private static IEnumerable<Cell> EspOverEsp() =>
        from choice in AllPairs.Choose(
            [Modes.Length, AllFamilies.Length, MatrixAlgorithms.Ciphers.Length, MostKeyLengths, SeparateOrNone.Length, NoOrYes, NoOrYes, OuterSuites.Length],
            choice => CanBe(choice) && IsSuite(choice[2], choice[3], choice[4]))
        select new Cell(
            Layers.EspOverEsp, Modes[choice[0]], AllFamilies[choice[1]], Suite(choice[2], choice[3], choice[4]), OuterSuites[choice[7]], IntegrityId.None,
            choice[5] == 1, choice[6] == 1);

    private static IEnumerable<Cell> EspOverIpComp() =>
        from choice in AllPairs.Choose(
            [Modes.Length, AllFamilies.Length, MatrixAlgorithms.Ciphers.Length, MostKeyLengths, SeparateOrNone.Length, NoOrYes, NoOrYes],
            choice => CanBe(choice) && IsSuite(choice[2], choice[3], choice[4]))
        select new Cell(
            Layers.EspOverIpComp, Modes[choice[0]], AllFamilies[choice[1]], Suite(choice[2], choice[3], choice[4]), null, IntegrityId.None,
            choice[5] == 1, choice[6] == 1);

    private static bool CanBe(int[] choice) => CanBe(Modes[choice[0]], AllFamilies[choice[1]]);

    private static bool CanBe(IpsecMode mode, Families families) => mode != IpsecMode.Transport || families.InnerIpv6 == families.OuterIpv6;

    private static bool IsSuite(int cipher, int keyLength, int integrity) =>
        keyLength < MatrixAlgorithms.KeyLengths(MatrixAlgorithms.Ciphers[cipher]).Count
        && MatrixAlgorithms.IsCombined(MatrixAlgorithms.Ciphers[cipher]) == (SeparateOrNone[integrity] == IntegrityId.None);

    private static CipherSuite Suite(int cipher, int keyLength, int integrity) =>
        new(MatrixAlgorithms.Ciphers[cipher], MatrixAlgorithms.KeyLengths(MatrixAlgorithms.Ciphers[cipher])[keyLength], SeparateOrNone[integrity]);
}
