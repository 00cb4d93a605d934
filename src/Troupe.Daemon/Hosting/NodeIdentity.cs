using System.Security.Cryptography;

namespace Troupe.Daemon.Hosting;

/// <summary>Who this node is: made at the first start, kept in the data root for ever.</summary>
/// <param name="NodeId">32 hex digits.</param>
/// <param name="IsFirstStart">The data root had no node yet: this start inits a new cluster.</param>
internal sealed record NodeIdentity(string NodeId, bool IsFirstStart)
{
    private const int IdBytes = 16;

    public static NodeIdentity LoadOrCreate(string clusterDirectory)
    {
        Directory.CreateDirectory(clusterDirectory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var path = Path.Combine(clusterDirectory, "node-id");
        if (File.Exists(path) && File.ReadAllText(path).Trim() is { Length: IdBytes * 2 } known) return new NodeIdentity(known, false);
        var id = RandomNumberGenerator.GetHexString(IdBytes * 2, lowercase: true);
        DurableFile.Write(path, id + "\n", UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return new NodeIdentity(id, true);
    }
}
