using Troupe.Api;
using Troupe.Api.Containers;
using Troupe.Gateway.Http;
using Troupe.Protocol;
using Troupe.Protocol.Containers;

namespace Troupe.Gateway.Containers;

/// <summary>
/// <c>POST /containers/{id}/wait</c>. Clients send it before the start and wait for the head before they go on, so the head leaves as soon as
/// the engine has registered the wait; the body comes with the exit.
/// </summary>
internal static class WaitEndpoint
{
    // Before 1.30 there was no condition, and the head came with the body.
    private static readonly ApiVersion WithCondition = new(1, 30);

    // Before 1.34 the answer had no place for an error; an empty one, which is not JSON, told it.
    private static readonly ApiVersion WithError = new(1, 34);

    public static async Task WaitAsync(ApiCall call)
    {
        var hasCondition = call.Version >= WithCondition;
        var condition = hasCondition ? Condition(call.Query.Text("condition")) : WaitCondition.NotRunning;
        var wait = new WaitContainer(call.Locate().Id, call.Cause, condition, Run: 0);
        CommandFailed? lost = null;
        for (var again = 0; again <= Limits.WaitsAgainMax; again++)
        {
            if (again > 0) await Task.Delay(Limits.DelayWaitAgain, call.Parts.Time, call.Gone);
            await foreach (var answer in call.Parts.Engine.StreamAsync(wait, call.Gone))
            {
                switch (answer)
                {
                    case WaitRegistered registered:
                        (wait, again) = (wait with { Run = registered.Run }, 0);
                        if (hasCondition && !call.Http.Response.HasStarted) await call.StartAsync("application/json");
                        break;
                    case ContainerWaitResult result:
                        await FinishAsync(call, result.ExitCode, result.Error);
                        return;
                    case CommandFailed failure:
                        lost = failure;
                        break;
                }
            }

            call.Gone.ThrowIfCancellationRequested();
            // The actor or its whole system ended; what was awaited goes on, and its journal knows how.
            if (wait.Run == 0 || lost?.Code != ErrorCode.Unavailable) break;
        }

        lost ??= new CommandFailed(ErrorCode.Unavailable, "the node stopped watching the container");
        if (!call.Http.Response.HasStarted) throw ApiException.From(lost);
        await FinishAsync(call, -1, lost.Message);
    }

    private static Task FinishAsync(ApiCall call, int code, string? error)
    {
        if (error is not null && call.Version < WithError) return Task.CompletedTask;
        call.Http.Response.ContentType ??= "application/json";
        var answer = new ContainerWaitResponse { StatusCode = code, Error = error is null ? null : new ContainerWaitError { Message = error } };
        return call.WriteLineAsync(answer, ApiJson.Context.ContainerWaitResponse);
    }

    private static WaitCondition Condition(string text) => text switch
    {
        "" or "not-running" => WaitCondition.NotRunning,
        "next-exit" => WaitCondition.NextExit,
        "removed" => WaitCondition.Removed,
        _ => throw ApiException.Invalid($"invalid condition: \"{text}\""),
    };
}
