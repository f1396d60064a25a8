using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2;

/// <summary>The encrypted payload's ICV (RFC 7296 sections 1.2 and 3.14).</summary>
public sealed class Integrity : Ikev2Scenario
{
    [Scenario("IKEV2-ICV-001", "An INFORMATIONAL request with a wrong ICV is not answered, and the IKE SA lives on")]
    [Covers("RFC7296-3.14-6", "RFC7296-1.4-1")]
    public async Task WrongIcvInInformational()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        await NotAnswered(session, SealEmpty(session, message => message[^1] ^= 0x01), "with its last ICV bit flipped");
    }

    [Scenario("IKEV2-ICV-002", "An INFORMATIONAL request with changed ciphertext is not answered, and the IKE SA lives on")]
    [Covers("RFC7296-3.14-6", "RFC7296-1.4-1")]
    public async Task ChangedCiphertextInInformational()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        await NotAnswered(session, SealEmpty(session, message => message[^17] ^= 0x80), "with a ciphertext bit flipped");
    }

    [Scenario("IKEV2-ICV-003", "An INFORMATIONAL request with a changed header is not answered, and the IKE SA lives on")]
    [Covers("RFC7296-3.14-6", "RFC7296-1.4-1")]
    public async Task ChangedHeaderInInformational()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        // The minor version is ignored, but covered by the ICV.
        await NotAnswered(session, SealEmpty(session, message => message[17] |= 0x01), "with its minor version changed after sealing");
    }

    [Scenario("IKEV2-ICV-004", "An IKE_AUTH request with a wrong ICV is not answered, and the right one after it establishes the SA")]
    [Covers("RFC7296-3.14-6", "RFC7296-1.2-2")]
    public async Task WrongIcvInAuth()
    {
        await Context.Configure(new());
        var session = await HalfOpen();
        RawPayload[] inner = [.. session.AuthRequestPayloads(out var child).Select(payload => payload.ToRaw())];
        var header = session.Header(ExchangeType.IkeAuth, session.NextRequestId++);
        var octets = session.OwnProtection.Seal(header, IkeWriter.FirstType(inner), IkeWriter.Chain(inner));
        byte[] wrong = [.. octets];
        wrong[^1] ^= 0x01;
        var sent = Tester.SendOctets(session, wrong, "IKE_AUTH request 1 with its last ICV bit flipped", "", header);
        await Tester.ExpectNone<ReceivedIke>(received => received.Header.IsResponse && received.Header.MessageId == sent.Header.MessageId, "RFC7296-3.14-6", "no response");
        var right = Tester.SendOctets(session, octets, "IKE_AUTH request 1", "", header);
        var response = await Tester.ResponseTo(right);
        var trouble = response is null ? "no response" : session.TakeAuthResponse(response, child);
        Context.Check("RFC7296-1.2-2", trouble is null, "the right request is answered as if nothing had happened", trouble ?? "");
        await Tester.ProbeLiveness(session);
    }

    private (IkeHeader Header, byte[] Octets) SealEmpty(IkeSession session, Action<byte[]> damage)
    {
        var header = session.Header(ExchangeType.Informational, session.NextRequestId);
        var octets = session.OwnProtection.Seal(header, PayloadType.None, []);
        damage(octets);
        return (header, octets);
    }

    private async Task NotAnswered(IkeSession session, (IkeHeader Header, byte[] Octets) damaged, string how)
    {
        Tester.SendOctets(session, damaged.Octets, $"INFORMATIONAL request {damaged.Header.MessageId}: SK{{}} {how}", "", damaged.Header);
        await Tester.ExpectNone<ReceivedIke>(
            received => received.Session == session && received.Header.IsResponse && received.Header.MessageId == damaged.Header.MessageId, "RFC7296-3.14-6", "no response");
        await Tester.ProbeLiveness(session);
    }
}
