using System.Text.Json;
using Spectre.Console;
using Troupe.Api;
using Troupe.Api.Images;

namespace Troupe.Cli.Output;

/// <summary>A pull's progress: bars on a terminal, one line per change elsewhere. An error in the stream is the pull's error.</summary>
internal static class PullDisplay
{
    private const int StatusWidth = 20;

    /// <exception cref="CliException">The engine reported an error.</exception>
    public static Task ShowAsync(Stream answer, TextWriter output, bool isTerminal, CancellationToken cancel) =>
        isTerminal ? ShowBarsAsync(answer, output, cancel) : ShowLinesAsync(answer, output, cancel);

    public static async IAsyncEnumerable<ProgressMessage> ReadAsync(
        Stream answer, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        using var reader = new StreamReader(answer);
        while (await reader.ReadLineAsync(cancel) is { } line)
        {
            if (line.Length == 0) continue;
            var message = JsonSerializer.Deserialize(line, ApiJson.Context.ProgressMessage)!;
            if ((message.Error ?? message.ErrorDetail?.Message) is { } error) throw new CliException(error);
            yield return message;
        }
    }

    private static async Task ShowLinesAsync(Stream answer, TextWriter output, CancellationToken cancel)
    {
        var last = new Dictionary<string, string?>();
        await foreach (var message in ReadAsync(answer, cancel))
        {
            if (message.Id is { } id)
            {
                if (last.GetValueOrDefault(id) == message.Status) continue;
                last[id] = message.Status;
                if (message.ProgressDetail is { Total: > 0 }) continue;
                await output.WriteLineAsync($"{id}: {message.Status}");
            }
            else
            {
                await output.WriteLineAsync(message.Status);
            }
        }
    }

    private static async Task ShowBarsAsync(Stream answer, TextWriter output, CancellationToken cancel)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        var afterwards = new List<string>();
        await console.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new DownloadedColumn())
            .StartAsync(async progress =>
            {
                var bars = new Dictionary<string, ProgressTask>();
                await foreach (var message in ReadAsync(answer, cancel))
                {
                    if (message.Id is null || message.Status?.StartsWith("Pulling from", StringComparison.Ordinal) == true)
                        afterwards.Add(message.Id is null ? message.Status ?? "" : $"{message.Id}: {message.Status}");
                    else
                        Update(Bar(progress, bars, message.Id), message);
                }

                foreach (var bar in bars.Values) bar.StopTask();
            });
        foreach (var line in afterwards) await output.WriteLineAsync(line);
    }

    private static ProgressTask Bar(ProgressContext progress, Dictionary<string, ProgressTask> bars, string id)
    {
        if (!bars.TryGetValue(id, out var bar)) bars[id] = bar = progress.AddTask(Markup.Escape(id), maxValue: 1);
        return bar;
    }

    private static void Update(ProgressTask bar, ProgressMessage message)
    {
        var id = bar.Description.Split(' ')[0];
        bar.Description = $"{id} {Markup.Escape(message.Status ?? "").PadRight(StatusWidth)}";
        if (message.ProgressDetail is { Total: > 0 } detail)
        {
            bar.MaxValue = detail.Total;
            bar.Value = detail.Current;
        }
        else if (message.Status is "Pull complete" or "Already exists" or "Download complete")
        {
            bar.Value = bar.MaxValue;
        }
    }
}
