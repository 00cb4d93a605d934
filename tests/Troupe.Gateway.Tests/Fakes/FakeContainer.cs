using System.Threading.Channels;
using Troupe.Protocol.Containers;
using Troupe.Specs.Streams;

namespace Troupe.Gateway.Tests.Fakes;

/// <summary>A container without a kernel: its program is a delegate of the test, its stdio is memory.</summary>
public sealed class FakeContainer(ContainerView view)
{
    private readonly Lock _gate = new();
    private readonly List<StreamChunk> _written = [];
    private readonly List<FakeAttachedStream> _attached = [];
    private readonly List<(int Rows, int Columns)> _sizes = [];
    private bool _hasEnded;
    private long _offset;

    public ContainerView View { get; set; } = view;

    /// <summary>Completes with the exit code.</summary>
    public TaskCompletionSource<int> Exit { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>A signal arrived.</summary>
    public TaskCompletionSource<int> Killed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Channel<byte[]> Stdin { get; } = Channel.CreateUnbounded<byte[]>();

    public IReadOnlyList<(int Rows, int Columns)> Sizes => _sizes;

    public int AttachedCount
    {
        get
        {
            lock (_gate) return _attached.Count;
        }
    }

    public void Resize(int rows, int columns) => _sizes.Add((rows, columns));

    public void Write(StdStream stream, byte[] data)
    {
        lock (_gate)
        {
            var chunk = new StreamChunk(stream, _offset, data);
            _offset += data.Length;
            _written.Add(chunk);
            foreach (var client in _attached) client.Push(chunk);
        }
    }

    public void End(int code)
    {
        lock (_gate)
        {
            _hasEnded = true;
            foreach (var client in _attached) client.PushEnd();
        }

        Exit.TrySetResult(code);
    }

    public IAttachedStream Attach(AttachOptions options)
    {
        var client = new FakeAttachedStream(this, options);
        lock (_gate)
        {
            if (options.Replay)
            {
                foreach (var chunk in _written) client.Push(chunk);
            }

            if (_hasEnded) client.PushEnd();
            _attached.Add(client);
        }

        return client;
    }

    public void Detach(FakeAttachedStream client)
    {
        lock (_gate) _attached.Remove(client);
    }

    public StreamChunk[] Written()
    {
        lock (_gate) return [.. _written];
    }
}

public sealed class FakeAttachedStream(FakeContainer container, AttachOptions options) : IAttachedStream
{
    private readonly Channel<StreamChunk> _output = Channel.CreateUnbounded<StreamChunk>();

    public void Push(StreamChunk chunk)
    {
        if (chunk.Stream == StdStream.Stdout ? options.Stdout : options.Stderr) _output.Writer.TryWrite(chunk);
    }

    public void PushEnd() => _output.Writer.TryComplete();

    public async ValueTask<StreamChunk?> ReadAsync(CancellationToken cancel) =>
        await _output.Reader.WaitToReadAsync(cancel) && _output.Reader.TryRead(out var chunk) ? chunk : null;

    public async ValueTask WriteStdinAsync(ReadOnlyMemory<byte> data, CancellationToken cancel) =>
        await container.Stdin.Writer.WriteAsync(data.ToArray(), cancel);

    public ValueTask CloseStdinAsync(CancellationToken cancel)
    {
        container.Stdin.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        container.Detach(this);
        return ValueTask.CompletedTask;
    }
}
