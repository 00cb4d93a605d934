using Troupe.Images.Content;
using Troupe.Linux;
using Troupe.Linux.Files;
using Troupe.Protocol;
using Troupe.Specs;
using Troupe.Specs.Archive;

namespace Troupe.Images.Layers;

/// <summary>
/// Unpacks one layer into a directory of its own and checks its diff id: inflate on one thread, hash and write on the calling one. The
/// directory is not visible as a layer yet. Blocks.
/// </summary>
internal sealed class LayerJob(LayerStore layers, long bytesMax)
{
    /// <param name="read">Called with the compressed bytes read so far.</param>
    /// <returns>The directory of <see cref="LayerStore.Begin"/> and what lies in it.</returns>
    public (string Directory, UnpackedLayer Layer) Unpack(GrowingBlob blob, DiffId diffId, ChainId chain, Action<long> read, CancellationToken cancel)
    {
        var directory = layers.Begin(chain);
        try
        {
            return (directory, UnpackInto(Path.Combine(directory, "fs"), blob, diffId, read, cancel));
        }
        catch (Exception e)
        {
            FileTree.Remove(directory);
            throw Translate(e);
        }
    }

    private UnpackedLayer UnpackInto(string directory, GrowingBlob blob, DiffId diffId, Action<long> read, CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var compressed = blob.OpenRead(read, stop.Token);
        using var inflated = LayerCompression.Open(compressed);
        using var ahead = new ReadAheadStream(inflated);
        try
        {
            using var hashed = new DigestStream(ahead, bytesMax);
            using var reader = new TarReader(hashed, keepsRawHeaders: false);
            using var unpacker = new LayerUnpacker(directory);
            var unpacked = unpacker.Unpack(reader, cancel);
            reader.Drain();
            if (hashed.Current != diffId.Digest)
                throw new ImageException(ErrorCode.Internal, $"layers from manifest don't match image configuration: diff id {diffId} expected, {hashed.Current} found");
            return unpacked;
        }
        catch
        {
            // The reading thread may wait for bytes that nobody will take.
            stop.Cancel();
            throw;
        }
    }

    private static Exception Translate(Exception e) => e switch
    {
        TarFormatException or InvalidDataException or ZstdSharp.ZstdException or EndOfStreamException =>
            new ImageException(ErrorCode.InvalidArgument, "failed to register layer: " + e.Message, e),
        LinuxException linux when ImageException.FromFile(linux) is var failure =>
            new ImageException(failure.Code, "failed to register layer: " + failure.Message, linux),
        _ => e,
    };
}
