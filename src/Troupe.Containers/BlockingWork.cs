using Akka.Dispatch;

namespace Troupe.Containers;

/// <summary>Starts work that may block before its first await (a spawn, a file) on the blocking dispatcher's bounded threads.</summary>
internal static class BlockingWork
{
    public static Task<T> StartOn<T>(this MessageDispatcher dispatcher, Func<Task<T>> work)
    {
        var started = new TaskCompletionSource<Task<T>>(TaskCreationOptions.RunContinuationsAsynchronously);
        dispatcher.Schedule(() =>
        {
            try
            {
                started.SetResult(work());
            }
            catch (OperationCanceledException e)
            {
                started.SetCanceled(e.CancellationToken);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                started.SetException(e); // becomes a typed failure in the actor that asked
            }
        });
        return started.Task.Unwrap();
    }
}
