using System.Buffers.Binary;

namespace Troupe.Cli.Engine;

/// <summary>Copies a container's output to our own stdout and stderr until it ends.</summary>
internal static class OutputCopy
{
    public const string MultiplexedType = "application/vnd.docker.multiplexed-stream";

    private const int HeaderBytes = 8;
    private const byte Stderr = 2;

    /// <summary>
    /// Frames of Docker's multiplexed form: stream (0 stdin, 1 stdout, 2 stderr, 3 the engine's own error), three zero bytes, length
    /// (4 bytes, big endian), bytes.
    /// </summary>
    /// <exception cref="CliException">A frame is cut off or of an unknown stream.</exception>
    public static async Task DemultiplexAsync(Stream frames, Stream stdout, Stream stderr, CancellationToken cancel)
    {
        var header = new byte[HeaderBytes];
        var buffer = new byte[Limits.CopyBytes];
        while (true)
        {
            var read = await frames.ReadAtLeastAsync(header, HeaderBytes, throwOnEndOfStream: false, cancel);
            if (read == 0) return;
            if (read < HeaderBytes || header[0] > 3) throw new CliException($"Unrecognized input header: {header[0]}");
            var left = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(4));
            var target = header[0] >= Stderr ? stderr : stdout;
            while (left > 0)
            {
                var length = await frames.ReadAsync(buffer.AsMemory(0, (int)Math.Min(left, (uint)buffer.Length)), cancel);
                if (length == 0) throw new CliException("the engine's stream was cut off");
                await target.WriteAsync(buffer.AsMemory(0, length), cancel);
                left -= (uint)length;
            }

            await target.FlushAsync(cancel);
        }
    }

    public static async Task CopyAsync(Stream bytes, Stream stdout, CancellationToken cancel)
    {
        var buffer = new byte[Limits.CopyBytes];
        for (int length; (length = await bytes.ReadAsync(buffer, cancel)) > 0;)
        {
            await stdout.WriteAsync(buffer.AsMemory(0, length), cancel);
            await stdout.FlushAsync(cancel);
        }
    }
}
