using System.Runtime.CompilerServices;
using Troupe.Protocol.Images;

namespace Troupe.Daemon.Engine;

/// <summary>
/// Answers on their way to a slow client, in order. Progress that does not fit is dropped; an answer never is, of which a request has
/// a handful. One writer, one reader.
/// </summary>
internal sealed class AnswerBuffer(int progressMax)
{
    private readonly Queue<object> _answers = new();
    private readonly SemaphoreSlim _available = new(0);
    private readonly Lock _lock = new();
    private bool _completed;

    public void Add(object answer)
    {
        lock (_lock)
        {
            if (_completed || (answer is PullProgress && _answers.Count >= progressMax)) return;
            _answers.Enqueue(answer);
        }

        _available.Release();
    }

    /// <summary>No more answers come; <paramref name="last"/> is the final one unless there was one. Repeating it is harmless.</summary>
    public void Complete(object? last)
    {
        lock (_lock)
        {
            if (_completed) return;
            _completed = true;
            if (last is not null) _answers.Enqueue(last);
        }

        _available.Release(2);
    }

    public async IAsyncEnumerable<object> ReadAllAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        while (true)
        {
            await _available.WaitAsync(cancel).ConfigureAwait(false);
            object? answer;
            lock (_lock)
            {
                if (!_answers.TryDequeue(out answer) && _completed) yield break;
            }

            if (answer is not null) yield return answer;
        }
    }
}
