using System.Threading.Channels;
using Troupe.Protocol.Images;

namespace Troupe.Daemon.Engine;

/// <summary>
/// Answers on their way to a slow client, in order. Progress that does not fit is dropped; an answer never is, of which a request has
/// a handful. One writer, one reader.
/// </summary>
internal sealed class AnswerBuffer(int progressMax)
{
    private readonly Channel<object> _answers =
        Channel.CreateUnbounded<object>(new UnboundedChannelOptions { SingleWriter = true, AllowSynchronousContinuations = false });

    public void Add(object answer)
    {
        if (answer is PullProgress && _answers.Reader.Count >= progressMax) return;
        _answers.Writer.TryWrite(answer);
    }

    /// <summary>No more answers come. <paramref name="last"/> is read by a reader that had no final answer before it.</summary>
    public void Complete(object last)
    {
        _answers.Writer.TryWrite(last);
        _answers.Writer.TryComplete();
    }

    public IAsyncEnumerable<object> ReadAllAsync(CancellationToken cancel) => _answers.Reader.ReadAllAsync(cancel);
}
