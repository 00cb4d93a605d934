using Microsoft.AspNetCore.Http;
using Troupe.Api;
using Troupe.Api.Containers;
using Troupe.Api.Versions;
using Troupe.Gateway.Http;
using Troupe.Protocol;
using Troupe.Protocol.Containers;
using Troupe.Protocol.Images;
using Troupe.Specs;
using Troupe.Specs.Runtime;

namespace Troupe.Gateway.Containers;

/// <summary>Requests about containers that are answered at once.</summary>
internal static class ContainerEndpoints
{
    private const int StopTimeoutDefaultSeconds = 10;

    public static async Task CreateAsync(ApiCall call)
    {
        var facts = new ChangeFacts(call.Parts.Node.Describe().CgroupVersion == "2");
        var request = await call.ReadAsync(ApiJson.Context.ContainerCreateRequest, facts);
        var name = CreateMapping.Name(call.Query.Text("name"));
        CheckPlatform(call.Query.Text("platform"));
        var spec = CreateMapping.Spec(request);
        var created = await call.AskAsync<ContainerCreatedResult>(
            new CreateContainer(ContainerId.New(), call.Cause, name, spec), Limits.AskCommand);
        var answer = new ContainerCreateResponse { Id = created.Id.Hex, Warnings = created.Warnings };
        await call.WriteAsync(StatusCodes.Status201Created, answer, ApiJson.Context.ContainerCreateResponse);
    }

    public static async Task ListAsync(ApiCall call)
    {
        var filters = Filters.Parse(call.Query.Text("filters"), ContainerSelection.KnownFilters);
        var selection = new ContainerSelection(call.Query.Flag("all"), Math.Max(call.Query.Number("limit") ?? 0, 0), filters, await AncestorAsync(call, filters));
        var now = call.Parts.Time.GetUtcNow();
        var found = selection.Select(call.Parts.Index.All, name => call.View(call.Locate(name).Id));
        ContainerSummary[] summaries = [.. found.Select(view => SummaryMapping.Summary(view, now))];
        await call.WriteAsync(StatusCodes.Status200OK, summaries, ApiJson.Context.ContainerSummaryArray);
    }

    public static Task InspectAsync(ApiCall call)
    {
        var view = call.View(call.Locate().Id);
        var inspect = InspectMapping.Inspect(view, call.Parts.Node.Describe().DataRoot);
        return call.WriteAsync(StatusCodes.Status200OK, inspect, ApiJson.Context.ContainerInspect);
    }

    public static async Task StartAsync(ApiCall call)
    {
        if (call.HasBody && !await IsEmptyAsync(call))
        {
            throw ApiException.Invalid(
                "starting container with non-empty request body was deprecated since API v1.22 and removed in v1.24");
        }

        if (call.Query.Text("checkpoint").Length > 0) throw new ApiException(ErrorCode.Unimplemented, "checkpoints are not built yet");
        var id = call.Locate().Id;
        await call.AskAsync<CommandDone>(new StartContainer(id, call.Cause), Limits.AskStart);
        await call.EmptyAsync(StatusCodes.Status204NoContent);
    }

    public static async Task StopAsync(ApiCall call)
    {
        var seconds = call.Query.Number("t");
        var signal = call.Query.Text("signal") is { Length: > 0 } text ? text : null;
        if (signal is not null && !LinuxSignals.TryParse(signal, out _)) throw ApiException.Invalid($"invalid signal: {signal}");
        var view = call.View(call.Locate().Id);
        var wait = seconds ?? view.Spec.StopTimeoutSeconds ?? StopTimeoutDefaultSeconds;
        var deadline = wait < 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(wait) + Limits.AskStopExtra;
        await call.AskAsync<CommandDone>(new StopContainer(view.Id, call.Cause, seconds, signal), deadline);
        await call.EmptyAsync(StatusCodes.Status204NoContent);
    }

    public static async Task KillAsync(ApiCall call)
    {
        var signal = LinuxSignals.Kill;
        var text = call.Query.Text("signal");
        if (text.Length > 0 && !LinuxSignals.TryParse(text, out signal)) throw ApiException.Invalid($"invalid signal: {text}");
        try
        {
            await call.AskAsync<CommandDone>(new KillContainer(call.Locate().Id, call.Cause, signal), Limits.AskCommand);
        }
        catch (ApiException e)
        {
            throw new ApiException(e.Code, $"cannot kill container: {call.Name}: {e.Message}");
        }

        await call.EmptyAsync(StatusCodes.Status204NoContent);
    }

    public static async Task ResizeAsync(ApiCall call)
    {
        var rows = Cells(call, "h");
        var columns = Cells(call, "w");
        await call.AskAsync<CommandDone>(new ResizeContainer(call.Locate().Id, call.Cause, rows, columns), Limits.AskCommand);
        await call.EmptyAsync(StatusCodes.Status200OK);
    }

    public static async Task DeleteAsync(ApiCall call)
    {
        if (call.Query.Flag("link")) throw new ApiException(ErrorCode.Unimplemented, "links are not built yet");
        var remove = new RemoveContainer(call.Locate().Id, call.Cause, call.Query.Flag("force"), call.Query.Flag("v"));
        await call.AskAsync<CommandDone>(remove, Limits.AskCommand);
        await call.EmptyAsync(StatusCodes.Status204NoContent);
    }

    // A terminal's size is an unsigned short in the kernel (struct winsize, ioctl_tty(2)).
    private static int Cells(ApiCall call, string name)
    {
        var text = call.Query.Text(name);
        return ushort.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var cells)
            ? cells
            : throw ApiException.Invalid($"invalid resize {(name == "h" ? "height" : "width")} \"{text}\": invalid syntax");
    }

    private static void CheckPlatform(string platform)
    {
        if (platform.Length == 0) return;
        var parts = platform.Split('/');
        if (parts.Length > 3 || parts.Any(p => p.Length == 0)) throw ApiException.Invalid($"\"{platform}\": invalid platform");
        if (parts[0] != "linux" || (parts.Length > 1 && parts[1] != Node.HostFactsReader.GoArchitecture))
        {
            throw new ApiException(ErrorCode.NotFound, $"platform {platform} can't run on this node (linux/{Node.HostFactsReader.GoArchitecture})");
        }
    }

    private static async Task<bool> IsEmptyAsync(ApiCall call)
    {
        var body = await JsonBody.ReadAsync(call.Http.Request, call.Gone);
        return body.AsSpan().Trim(" \t\r\n"u8) is var text && (text.IsEmpty || text.SequenceEqual("{}"u8) || text.SequenceEqual("null"u8));
    }

    /// <summary>An unknown ancestor matches nothing, as in Docker.</summary>
    private static async Task<IReadOnlySet<Digest>?> AncestorAsync(ApiCall call, Filters filters)
    {
        if (!filters.Has("ancestor")) return null;
        var ids = new HashSet<Digest>();
        foreach (var name in filters.Values("ancestor"))
        {
            var answer = await call.Parts.Engine.AskAsync(new ResolveImage(name), Limits.AskQuery, call.Gone);
            if (answer is ImageView image) ids.Add(image.Id);
            else if (answer is CommandFailed { Code: not (ErrorCode.NotFound or ErrorCode.InvalidArgument) } failure) throw ApiException.From(failure);
        }

        return ids;
    }
}
