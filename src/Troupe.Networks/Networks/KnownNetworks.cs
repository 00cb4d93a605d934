using System.Security.Cryptography;
using System.Text;
using Troupe.Protocol.Networks;

namespace Troupe.Networks.Networks;

/// <summary>The networks that every node has. Their ids derive from the instance, as each Docker daemon has its own.</summary>
public static class KnownNetworks
{
    public const string Bridge = "bridge";

    /// <summary>The host's own network: the container needs no endpoint.</summary>
    public const string Host = "host";

    /// <summary>Loopback only: the container needs no endpoint.</summary>
    public const string None = "none";

    /// <summary>64 lower-case hex digits.</summary>
    public static string IdOf(string instance, string name) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"troupe-network:{instance}:{name}")));

    /// <summary>Docker's drivers: <c>host</c> for host and <c>null</c> for none.</summary>
    internal static NetworkDefinition WithoutEndpoints(string instance, string name, DateTimeOffset createdAt) =>
        new(IdOf(instance, name), name, name == None ? "null" : name, "", "", 0, [], [], createdAt);
}
