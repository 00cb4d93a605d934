using System.Buffers.Binary;
using System.IO.Pipelines;
using Troupe.Api;
using Troupe.Specs.Streams;

namespace Troupe.Gateway.Containers;

/// <summary>How a container's output goes over one connection: raw from a terminal, in frames of stdout and stderr otherwise.</summary>
internal static class StreamFormat
{
    public const string Raw = "application/vnd.docker.raw-stream";
    public const string Multiplexed = "application/vnd.docker.multiplexed-stream";

    /// <summary>Byte 0 the stream, 1 to 3 zero, 4 to 7 the payload's length, big-endian (ContainerAttach in the API's specification).</summary>
    public const int HeaderSize = 8;

    private const int LengthOffset = 4;
    private static readonly ApiVersion WithOwnType = new(1, 42);

    /// <summary>Before 1.42 both forms had the same type.</summary>
    public static string ContentType(ApiVersion version, bool isTty) => isTty || version < WithOwnType ? Raw : Multiplexed;

    /// <summary>Puts output into the writer, unflushed.</summary>
    public static void Write(PipeWriter output, StdStream stream, ReadOnlySpan<byte> data, bool isTty)
    {
        while (!data.IsEmpty)
        {
            var piece = data[..Math.Min(data.Length, Limits.FrameSizeBytesMax)];
            if (!isTty) WriteHeader(output, stream, piece.Length);
            System.Buffers.BuffersExtensions.Write(output, piece);
            data = data[piece.Length..];
        }
    }

    public static void WriteHeader(PipeWriter output, StdStream stream, int length)
    {
        var header = output.GetSpan(HeaderSize)[..HeaderSize];
        header.Clear();
        header[0] = (byte)stream;
        BinaryPrimitives.WriteInt32BigEndian(header[LengthOffset..], length);
        output.Advance(HeaderSize);
    }
}
