using Akka.Actor;
using Troupe.Images.Content;
using Troupe.Images.Pulls;
using Troupe.Images.Registry;
using Troupe.Linux;
using Troupe.Linux.Files;
using Troupe.Protocol;
using Troupe.Specs;

namespace Troupe.Images.Layers;

/// <summary>
/// Downloads and unpacks one layer at a time on a thread of its own, both at once: the download runs on the pool and fills a file, the
/// unpacking follows it. Blocks; needs a dispatcher with a thread per worker.
/// </summary>
internal sealed class LayerWorkerActor : ReceiveActor
{
    private readonly ContentStore _content;
    private readonly LayerStore _layers;
    private readonly ImagesSettings _settings;
    private readonly BlobDownload _download;
    private readonly CancellationToken _cancel;

    public static Props Props(ContentStore content, LayerStore layers, ImagesSettings settings, CancellationToken cancel) =>
        Akka.Actor.Props.Create(() => new LayerWorkerActor(content, layers, settings, cancel)).WithDispatcher(settings.UnpackDispatcher);

    public LayerWorkerActor(ContentStore content, LayerStore layers, ImagesSettings settings, CancellationToken cancel)
    {
        _content = content;
        _layers = layers;
        _settings = settings;
        _download = new BlobDownload(settings);
        _cancel = cancel;
        Receive<Unpack>(OnUnpack);
        Receive<Settle>(OnSettle);
    }

    /// <summary>Unexpected: the parent must not wait for ever.</summary>
    protected override void PreRestart(Exception reason, object message)
    {
        var chain = message switch { Unpack unpack => unpack.Step.Chain, Settle settle => settle.Step.Chain, _ => default };
        Context.Parent.Tell(new Broken(chain, new CommandFailed(ErrorCode.Internal, reason.Message)));
        base.PreRestart(reason, message);
    }

    private void OnUnpack(Unpack message)
    {
        var step = message.Step;
        var progress = new LayerReporter(Self, Context.Parent, step, _settings.Time);
        Context.Parent.Tell(Try(step.Chain, () =>
        {
            var (directory, layer) = FetchAndUnpack(step, message.Source, progress);
            return new Unpacked(step.Chain, directory, layer);
        }));
    }

    private void OnSettle(Settle message)
    {
        var (step, unpacked) = (message.Step, message.Unpacked);
        Context.Parent.Tell(Try(step.Chain, () =>
        {
            var lowers = step.Lowers.Reverse().Select(_layers.DirectoryOf).ToList();
            ImpliedDirectories.Settle(Path.Combine(unpacked.Directory, "fs"), unpacked.Layer.Implied, lowers);
            _layers.Commit(unpacked.Directory, step.Chain, new LayerRecord
            {
                DiffId = step.DiffId.Digest, SizeBytes = unpacked.Layer.SizeBytes, BootId = LayerStore.BootId,
            });
            return new Settled(step.Chain);
        }));
    }

    private static object Try(ChainId chain, Func<object> work)
    {
        try
        {
            return work();
        }
        catch (ImageException e)
        {
            return new Broken(chain, e.ToReply());
        }
        catch (IOException e)
        {
            return new Broken(chain, ImageException.FromFile(e).ToReply());
        }
        catch (OperationCanceledException)
        {
            return new Broken(chain, new CommandFailed(ErrorCode.Unavailable, "the node is stopping"));
        }
    }

    private (string Directory, UnpackedLayer Layer) FetchAndUnpack(LayerStep step, IImageSource source, LayerReporter progress)
    {
        if (_content.Has(step.Blob.Digest)) return UnpackWhole(step, progress);
        using var ingest = _content.BeginIngest(step.Blob.Digest, step.Blob.Size);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_cancel);
        var blob = new GrowingBlob();
        var download = Task.Run(() => DownloadAsync(source, step, ingest, blob, progress, stop.Token), CancellationToken.None);
        (string, UnpackedLayer)? unpacked = null;
        ImageException? failure = null;
        try
        {
            unpacked = new LayerJob(_layers, _settings.LayerBytesMax).Unpack(blob, step.DiffId, step.Chain, progress.Extracted, _cancel);
        }
        catch (ImageException e)
        {
            // A bad layer: nobody needs the rest of it. A full disk would stop the download as well.
            failure = e;
            if (!progress.IsDownloaded) stop.Cancel();
        }
        catch (IOException)
        {
            // The download failed or began again; it tells the reason itself.
        }

        try
        {
            Await(download, failure);
        }
        catch (ImageException e) when (e.Code == ErrorCode.ResourceExhausted)
        {
            // Its room is needed more than its bytes.
            ingest.Restart();
            throw;
        }

        ingest.Commit();
        // What was unpacked on the way may have been bytes of a try that was given up; the verified blob decides.
        return unpacked ?? UnpackWhole(step, progress);
    }

    /// <summary>The download's own failure goes before one of unpacking that it caused.</summary>
    private static void Await(Task download, ImageException? failure)
    {
        try
        {
            download.GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (failure is not null)
        {
            throw failure;
        }
    }

    private async Task DownloadAsync(
        IImageSource source, LayerStep step, Ingest ingest, GrowingBlob blob, LayerReporter progress, CancellationToken cancel)
    {
        try
        {
            await _download.RunAsync(source, step.Blob, ingest, position =>
            {
                blob.Advance(ingest.FilePath, position);
                progress.Downloaded(position);
            }, cancel).ConfigureAwait(false);
            progress.Verifying();
            ingest.Verify();
            progress.Complete();
            blob.Finish(ingest.FilePath);
        }
        catch (Exception e)
        {
            blob.Fail(e);
            throw;
        }
    }

    private (string, UnpackedLayer) UnpackWhole(LayerStep step, LayerReporter progress)
    {
        var path = _content.PathOf(step.Blob.Digest);
        progress.Complete();
        var blob = GrowingBlob.Complete(path, new FileInfo(path).Length);
        return new LayerJob(_layers, _settings.LayerBytesMax).Unpack(blob, step.DiffId, step.Chain, progress.Extracted, _cancel);
    }

    internal sealed record Unpack(LayerStep Step, IImageSource Source) : IImagesMessage;

    internal sealed record Settle(LayerStep Step, Unpacked Unpacked) : IImagesMessage;

    internal sealed record Unpacked(ChainId Chain, string Directory, UnpackedLayer Layer) : IImagesMessage;

    internal sealed record Settled(ChainId Chain) : IImagesMessage;

    internal sealed record Broken(ChainId Chain, CommandFailed Failure) : IImagesMessage;
}
