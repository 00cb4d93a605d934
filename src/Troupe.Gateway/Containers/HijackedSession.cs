using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Troupe.Specs.Streams;

namespace Troupe.Gateway.Containers;

/// <summary>
/// One attach client on its connection: output from the container and input to it, each with its own end. The client's FIN ends the
/// input only. The session ends with the container's output, with the detach keys, or with the client.
/// </summary>
/// <param name="keys">Null without a terminal: then no bytes mean anything.</param>
internal sealed class HijackedSession(
    HttpContext http, IDuplexPipe pipe, IAttachedStream attached, bool isTty, AttachOptions options, DetachKeys? keys, TimeProvider time)
    : IDisposable
{
    private readonly CancellationTokenSource _end = new();

    /// <summary>Runs until the end; the container does not notice it.</summary>
    public async Task RunAsync()
    {
        var input = InputAsync();
        try
        {
            await OutputAsync();
        }
        finally
        {
            await _end.CancelAsync();
            await input;
            await DrainAsync();
        }
    }

    public void Dispose() => _end.Dispose();

    private async Task OutputAsync()
    {
        try
        {
            // The head leaves at once: clients start the container only when they have it.
            if ((await pipe.Output.FlushAsync(_end.Token)).IsCompleted) return;
            while (await attached.ReadAsync(_end.Token) is { } chunk)
            {
                StreamFormat.Write(pipe.Output, chunk.Stream, chunk.Data.Span, isTty);
                if ((await pipe.Output.FlushAsync(_end.Token)).IsCompleted) return;
            }
        }
        catch (Exception e) when (IsEnd(e))
        {
            // The client is gone or detached.
        }
    }

    private async Task InputAsync()
    {
        try
        {
            while (true)
            {
                var read = await pipe.Input.ReadAsync(_end.Token);
                var isDetached = await ForwardAsync(read.Buffer);
                pipe.Input.AdvanceTo(read.Buffer.End);
                if (isDetached)
                {
                    await _end.CancelAsync();
                    return;
                }

                if (read.IsCompleted) break;
            }

            if (options.Stdin) await attached.CloseStdinAsync(_end.Token);
            await WatchAsync();
        }
        catch (Exception e) when (IsEnd(e))
        {
            // The transport reports a reset here: the client is gone, and so is its interest in output.
            if (!_end.IsCancellationRequested) await _end.CancelAsync();
        }
    }

    /// <summary>True when the client detached.</summary>
    private async Task<bool> ForwardAsync(ReadOnlySequence<byte> input)
    {
        if (!options.Stdin) return false;
        foreach (var piece in input)
        {
            if (keys is null)
            {
                await attached.WriteStdinAsync(piece, _end.Token);
                continue;
            }

            var passed = new List<byte>(piece.Length);
            var isDetached = keys.Take(piece.Span, passed);
            if (passed.Count > 0) await attached.WriteStdinAsync(passed.ToArray(), _end.Token);
            if (isDetached) return true;
        }

        return false;
    }

    /// <summary>
    /// After the FIN: the client may still read, or it may be gone, which nothing reports while the container is silent. An empty
    /// send(2) tells: it fails with EPIPE when the peer has closed its socket altogether.
    /// </summary>
    private async Task WatchAsync()
    {
        var socket = http.Features.Get<IConnectionSocketFeature>()?.Socket;
        if (socket is null) return;
        using var timer = new PeriodicTimer(Limits.VanishedProbe, time);
        while (await timer.WaitForNextTickAsync(_end.Token))
        {
            try
            {
                socket.Send(ReadOnlySpan<byte>.Empty, SocketFlags.None);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock)
            {
                // Its buffer is full: it is there, and slow.
            }
        }
    }

    /// <summary>Lets the last bytes leave; the transport then shuts the connection down.</summary>
    private async Task DrainAsync()
    {
        try
        {
            using var limit = new CancellationTokenSource(Limits.HijackDrain, time);
            await pipe.Output.FlushAsync(limit.Token);
        }
        catch (Exception e) when (IsEnd(e))
        {
            // A client that does not read loses the rest.
        }

        await pipe.Output.CompleteAsync();
        await pipe.Input.CompleteAsync();
    }

    private static bool IsEnd(Exception e) => e is OperationCanceledException or IOException or SocketException or ObjectDisposedException
        or InvalidOperationException;
}
