using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Troupe.Linux.Nftables;

/// <summary>nftables/libnftables.h. The library is loaded at the first call (Debian: libnftables1).</summary>
internal static partial class LibNftables
{
    private const string Library = "libnftables.so.1";

    public const uint NFT_CTX_DEFAULT = 0;

    [LibraryImport(Library)]
    public static partial NftContextHandle nft_ctx_new(uint flags);

    [LibraryImport(Library)]
    public static partial void nft_ctx_free(nint context);

    [LibraryImport(Library)]
    public static partial int nft_ctx_buffer_output(NftContextHandle context);

    [LibraryImport(Library)]
    public static partial int nft_ctx_buffer_error(NftContextHandle context);

    [LibraryImport(Library)]
    public static partial nint nft_ctx_get_output_buffer(NftContextHandle context);

    [LibraryImport(Library)]
    public static partial nint nft_ctx_get_error_buffer(NftContextHandle context);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int nft_run_cmd_from_buffer(NftContextHandle context, string commands);
}

internal sealed class NftContextHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    public NftContextHandle() : base(ownsHandle: true)
    {
    }

    protected override bool ReleaseHandle()
    {
        LibNftables.nft_ctx_free(handle);
        return true;
    }
}
