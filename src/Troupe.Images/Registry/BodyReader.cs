using Troupe.Protocol;

namespace Troupe.Images.Registry;

/// <summary>Reads a body whole, up to a cap.</summary>
internal static class BodyReader
{
    /// <exception cref="RegistryException">More than <paramref name="bytesMax"/>.</exception>
    public static async Task<byte[]> ReadAsync(HttpContent content, int bytesMax, CancellationToken cancel)
    {
        if (content.Headers.ContentLength > bytesMax) throw TooLarge(bytesMax);
        var stream = await content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            var body = new MemoryStream();
            var buffer = new byte[32 * 1024];
            for (var read = await stream.ReadAsync(buffer, cancel).ConfigureAwait(false); read > 0;
                 read = await stream.ReadAsync(buffer, cancel).ConfigureAwait(false))
            {
                if (body.Length + read > bytesMax) throw TooLarge(bytesMax);
                body.Write(buffer, 0, read);
            }

            return body.ToArray();
        }
    }

    private static RegistryException TooLarge(int bytesMax) =>
        new(RegistryFailure.Malformed, ErrorCode.Internal, $"rejecting a document of the registry: larger than {bytesMax} bytes");
}
