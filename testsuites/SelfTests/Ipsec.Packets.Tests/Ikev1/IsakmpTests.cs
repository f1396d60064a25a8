using Ipsec.Packets.Ikev1;
using Ipsec.Packets.Tests.Fuzzing;

namespace Ipsec.Packets.Tests.Ikev1;

public sealed class IsakmpTests
{
    [Test]
    public void Message_EveryPayloadOfTheCorpus_ComesBackAsTheSameRecord()
    {
        foreach (var payload in Corpus.Ikev1Payloads)
        {
            var octets = new IsakmpMessage(Corpus.Ikev1Header, [payload]).Encode();
            Assert.That(IsakmpMessage.TryParse(octets, out var message, out var error), () => $"{payload.Notation}: {error}");
            Assert.That(message.Payloads.Single().GetType(), Is.EqualTo(payload.GetType()));
            Assert.That(message.Encode(), Is.EqualTo(octets));
        }
    }

    [Test]
    public void Transform_BothEncodings_GiveTheirNumbers()
    {
        var octets = new IsakmpMessage(Corpus.Ikev1Header, [Corpus.Ikev1Payloads[0]]).Encode();
        IsakmpMessage.TryParse(octets, out var message, out _);
        var transform = message.Find<IsakmpSecurityAssociation>()!.Proposals[0].Transforms[0];
        Assert.That(transform.Attribute((ushort)Phase1AttributeType.KeyLength), Is.EqualTo(128));
        Assert.That(transform.Attribute((ushort)Phase1AttributeType.LifeDuration), Is.EqualTo(28800));
        Assert.That(transform.Attribute((ushort)Phase1AttributeType.Prf), Is.Null);
    }

    [Test]
    public void Encrypted_Message_KeepsItsCiphertextAndFirstPayload()
    {
        var header = Corpus.Ikev1Header with { Flags = IsakmpFlags.Encryption, NextPayload = IsakmpPayloadType.Hash };
        var octets = new IsakmpMessage(header, []) { Ciphertext = new byte[16] }.Encode();
        Assert.That(IsakmpMessage.TryParse(octets, out var message, out _));
        Assert.That((message.Header.NextPayload, message.Ciphertext.Length), Is.EqualTo((IsakmpPayloadType.Hash, 16)));
        Assert.That(message.Encode(), Is.EqualTo(octets));
    }

    [TestCase(IsakmpPayloadType.SecurityAssociation, "0000000100000001010000080101000000", 40, "Next Payload", TestName = "a proposal followed by what is none")]
    [TestCase(IsakmpPayloadType.SecurityAssociation, "00000001000000", 36, "Situation", TestName = "an SA cut in its situation")]
    [TestCase(IsakmpPayloadType.Identification, "0111", 34, "Port", TestName = "an identity without a port")]
    [TestCase(IsakmpPayloadType.Notification, "000000010110", 38, "Notify Message Type", TestName = "a notification without a type")]
    [TestCase(IsakmpPayloadType.Delete, "00000001030400020000", 38, "# of SPIs", TestName = "a deletion of more SPIs than there are")]
    [TestCase(IsakmpPayloadType.Configuration, "0100000100010004aa", 40, "Attribute Value", TestName = "an attribute cut in its value")]
    public void Parse_MalformedBody_SaysOffsetAndField(IsakmpPayloadType type, string body, int offset, string field)
    {
        var octets = IsakmpWriter.Message(Corpus.Ikev1Header, [new(type, 0, Octets.FromHex(body))]);
        Assert.That(IsakmpMessage.TryParse(octets, out _, out var error), Is.False);
        Assert.That((error.Offset, error.Field), Is.EqualTo((offset, field)), error.ToString());
    }
}
