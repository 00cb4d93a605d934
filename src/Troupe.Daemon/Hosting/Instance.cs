using System.Security.Cryptography;
using System.Text;

namespace Troupe.Daemon.Hosting;

/// <summary>What tells this daemon's kernel objects from another's on the same machine.</summary>
internal static class Instance
{
    /// <summary>The first 6 hex digits of SHA-256 of the data root's full path.</summary>
    public static string Of(string dataRoot) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(dataRoot)))[..6];
}
