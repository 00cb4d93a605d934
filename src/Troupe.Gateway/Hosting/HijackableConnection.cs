using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace Troupe.Gateway.Hosting;

/// <summary>A handler's way to the connection below HTTP. Found among the connection's features.</summary>
internal interface IHijackFeature
{
    /// <summary>
    /// Takes the connection over for good: from here on its bytes are the caller's, HTTP writes nothing more, and a client's FIN ends only
    /// the input. Precondition: the request's body was read to its end and no response was started.
    /// </summary>
    IDuplexPipe Hijack();
}

/// <summary>
/// What Kestrel gets instead of the transport's connection (GATEWAY.md 3 and 4). Kestrel takes a FIN for the end of the connection and aborts it; the
/// transport below knows half-close. So <see cref="ConnectionClosed"/> fires a grace after the FIN, and not at all once the connection is hijacked.
/// </summary>
internal sealed class HijackableConnection : ConnectionContext, IHijackFeature, IAsyncDisposable
{
    private readonly ConnectionContext _inner;
    private readonly SwitchableWriter _output;
    private readonly CancellationTokenSource _closed = new();
    private readonly CancellationTokenRegistration _innerClosed;
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private ITimer? _grace;
    private bool _hijacked;
    private bool _disposed;

    public HijackableConnection(ConnectionContext inner, TimeProvider time)
    {
        _inner = inner;
        _time = time;
        _output = new SwitchableWriter(inner.Transport.Output);
        Transport = new Pipes(inner.Transport.Input, _output);
        inner.Features.Set<IHijackFeature>(this);
        ConnectionClosed = _closed.Token;
        _innerClosed = inner.ConnectionClosed.UnsafeRegister(static state => ((HijackableConnection)state!).InnerClosed(), this);
    }

    public override string ConnectionId
    {
        get => _inner.ConnectionId;
        set => _inner.ConnectionId = value;
    }

    public override IFeatureCollection Features => _inner.Features;

    public override IDictionary<object, object?> Items
    {
        get => _inner.Items;
        set => _inner.Items = value;
    }

    public override IDuplexPipe Transport { get; set; }

    public override CancellationToken ConnectionClosed { get; set; }

    public override EndPoint? LocalEndPoint
    {
        get => _inner.LocalEndPoint;
        set => _inner.LocalEndPoint = value;
    }

    public override EndPoint? RemoteEndPoint
    {
        get => _inner.RemoteEndPoint;
        set => _inner.RemoteEndPoint = value;
    }

    public IDuplexPipe Hijack()
    {
        lock (_gate)
        {
            if (_hijacked) throw new InvalidOperationException("The connection is hijacked already.");
            _hijacked = true;
            _grace?.Dispose();
            _grace = null;
        }

        _output.Swallow();
        return _inner.Transport;
    }

    /// <summary>Kestrel gives up on the connection. A hijacked one is ended by its handler, which lets the last bytes leave first.</summary>
    public override void Abort(ConnectionAbortedException abortReason)
    {
        lock (_gate)
        {
            if (_hijacked) return;
        }

        _inner.Abort(abortReason);
    }

    public override void Abort() => Abort(new ConnectionAbortedException());

    public override async ValueTask DisposeAsync()
    {
        await _innerClosed.DisposeAsync();
        lock (_gate)
        {
            _disposed = true;
            _grace?.Dispose();
            _grace = null;
        }

        _closed.Dispose();
        await base.DisposeAsync();
    }

    private void InnerClosed()
    {
        lock (_gate)
        {
            if (_hijacked || _disposed) return;
            _grace = _time.CreateTimer(
                static state => ((HijackableConnection)state!).GraceEnded(), this, Limits.HalfCloseGrace, Timeout.InfiniteTimeSpan);
        }
    }

    private void GraceEnded()
    {
        lock (_gate)
        {
            if (_hijacked || _disposed) return;
        }

        try
        {
            _closed.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The connection ended between the check and here; nobody listens any more.
        }
    }

    private sealed class Pipes(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }
}
