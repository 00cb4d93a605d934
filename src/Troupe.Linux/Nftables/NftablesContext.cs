using System.Runtime.InteropServices;
using Troupe.Linux.Netlink;

namespace Troupe.Linux.Nftables;

/// <summary>
/// libnftables in-process, bound to the network namespace of the thread that opened it. One user at a time, any thread. A run takes well
/// under a millisecond where the <c>nft</c> command takes five.
/// </summary>
public sealed class NftablesContext : IDisposable
{
    private readonly NftContextHandle _context;

    private NftablesContext(NftContextHandle context) => _context = context;

    /// <exception cref="NftablesException">The library is not installed, or refuses to start.</exception>
    public static NftablesContext Open()
    {
        try
        {
            var context = LibNftables.nft_ctx_new(LibNftables.NFT_CTX_DEFAULT);
            if (context.IsInvalid
                || LibNftables.nft_ctx_buffer_output(context) != 0
                || LibNftables.nft_ctx_buffer_error(context) != 0)
            {
                context.Dispose();
                throw new NftablesException("libnftables could not be started");
            }

            return new NftablesContext(context);
        }
        catch (DllNotFoundException)
        {
            throw new NftablesException("libnftables.so.1 is missing: install the package libnftables1");
        }
    }

    public static NftablesContext OpenIn(NetworkNamespace place) => place.Run(Open);

    public void Dispose() => _context.Dispose();

    /// <summary>
    /// Runs commands in nft's syntax as one transaction and returns what they print. The text must be built from validated names only:
    /// it is a language, and this is its interpreter.
    /// </summary>
    /// <exception cref="NftablesException">Refused as a whole.</exception>
    public string Run(string commands)
    {
        var result = LibNftables.nft_run_cmd_from_buffer(_context, commands);
        var output = Text(LibNftables.nft_ctx_get_output_buffer(_context));
        var error = Text(LibNftables.nft_ctx_get_error_buffer(_context));
        return result == 0 ? output : throw new NftablesException(error.Length == 0 ? "refused without a reason" : error.Trim());
    }

    // The buffer belongs to the context and is good until the next run.
    private static string Text(nint buffer) => Marshal.PtrToStringUTF8(buffer) ?? "";
}
