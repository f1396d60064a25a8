namespace Ipsec.Ike.Tests;

/// <summary>Which message ids are due, and how long a response is kept (RFC 7296 sections 2.1 to 2.3).</summary>
public sealed class ResponseWindowTests
{
    private static readonly byte[] Request = [1, 2, 3], Other = [1, 2, 4];
    private static readonly byte[][] Response = [[7]];

    [Test]
    public void WindowOfOne_TakesTheNextIdOnly_AndAnswersTheLastAgain()
    {
        var window = new ResponseWindow();
        Assert.That((Classify(window, 0), Classify(window, 1)), Is.EqualTo((RequestStanding.New, RequestStanding.OutsideWindow)));
        Take(window, 0);
        Assert.That(window.Expected, Is.EqualTo(1));
        Assert.That(window.Classify(0, Request, out var response), Is.EqualTo(RequestStanding.Retransmission));
        Assert.That(response, Is.SameAs(Response));
        Assert.That(Classify(window, 0, Other), Is.EqualTo(RequestStanding.Different));
        Assert.That((Classify(window, 1), Classify(window, 2)), Is.EqualTo((RequestStanding.New, RequestStanding.OutsideWindow)));
        Take(window, 1);
        Assert.That(Classify(window, 0), Is.EqualTo(RequestStanding.OutsideWindow), "nobody can ask for it any more");
        Assert.That(Classify(window, 1), Is.EqualTo(RequestStanding.Retransmission));
    }

    [Test]
    public void WiderWindow_TakesAnyOrder_AndForgetsWhatLiesAWindowBehind()
    {
        var window = new ResponseWindow { Size = 3, Expected = 5 };
        Assert.That((Classify(window, 4), Classify(window, 7), Classify(window, 8)), Is.EqualTo((RequestStanding.OutsideWindow, RequestStanding.New, RequestStanding.OutsideWindow)));
        Take(window, 7);
        Take(window, 6);
        Assert.That((window.Expected, Classify(window, 8)), Is.EqualTo((5u, RequestStanding.OutsideWindow)), "5 is still missing");
        Take(window, 5);
        Assert.That((window.Expected, Classify(window, 10), Classify(window, 11)), Is.EqualTo((8u, RequestStanding.New, RequestStanding.OutsideWindow)));
        Assert.That(new uint[] { 5, 6, 7 }.Select(id => Classify(window, id)), Is.All.EqualTo(RequestStanding.Retransmission));
        Take(window, 8);
        Assert.That((Classify(window, 5), Classify(window, 6)), Is.EqualTo((RequestStanding.OutsideWindow, RequestStanding.Retransmission)));
    }

    [Test]
    public void RequestUnderWay_HasNoResponseYet()
    {
        var window = new ResponseWindow();
        window.Accept(0, Request);
        Assert.That(window.Classify(0, Request, out var response), Is.EqualTo(RequestStanding.Retransmission));
        Assert.That(response, Is.Empty);
        window.Answered(9, Response);
        Assert.That(Classify(window, 9), Is.EqualTo(RequestStanding.OutsideWindow), "an answer to nothing is none");
    }

    private static RequestStanding Classify(ResponseWindow window, uint id, byte[]? octets = null) => window.Classify(id, octets ?? Request, out _);

    private static void Take(ResponseWindow window, uint id)
    {
        window.Accept(id, Request);
        window.Answered(id, Response);
    }
}
