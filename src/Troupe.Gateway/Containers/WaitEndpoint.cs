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

    public static async Task WaitAsync(ApiCall call)
    {
        var hasCondition = call.Version >= WithCondition;
        var condition = hasCondition ? Condition(call.Query.Text("condition")) : WaitCondition.NotRunning;
        var id = call.Locate().Id;
        await foreach (var answer in call.Parts.Engine.StreamAsync(new WaitContainer(id, call.Cause, condition), call.Gone))
        {
            switch (answer)
            {
                case WaitRegistered when hasCondition:
                    await call.StartAsync("application/json");
                    break;
                case ContainerWaitResult result:
                    await FinishAsync(call, result.ExitCode, result.Error);
                    return;
                case CommandFailed failure when !call.Http.Response.HasStarted:
                    throw ApiException.From(failure);
                case CommandFailed failure:
                    await FinishAsync(call, -1, failure.Message);
                    return;
            }
        }

        call.Gone.ThrowIfCancellationRequested();
        const string Lost = "the node stopped watching the container";
        if (!call.Http.Response.HasStarted) throw new ApiException(ErrorCode.Unavailable, Lost);
        await FinishAsync(call, -1, Lost);
    }

    private static Task FinishAsync(ApiCall call, int code, string? error)
    {
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
