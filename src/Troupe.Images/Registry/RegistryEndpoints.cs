using System.Collections.Concurrent;
using System.Net;
using Troupe.Specs;

namespace Troupe.Images.Registry;

/// <summary>One address of a registry.</summary>
/// <param name="Base">Scheme, host and port.</param>
/// <param name="IsVerified">False: a certificate that can't be verified is accepted.</param>
/// <param name="IsMirror">Credentials of the original are not sent there.</param>
internal sealed record RegistryEndpoint(Uri Base, bool IsVerified, bool IsMirror);

/// <summary>
/// Which addresses a reference's domain has, best first. Plain HTTP and unverified certificates only for loopback and for what is
/// configured as insecure; mirrors only for the Hub.
/// </summary>
internal sealed class RegistryEndpoints
{
    private readonly ImagesSettings _settings;
    private readonly List<IPNetwork> _insecureNetworks = [];
    private readonly HashSet<string> _insecureHosts = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, RegistryEndpoint> _answered = new(StringComparer.Ordinal);

    public RegistryEndpoints(ImagesSettings settings)
    {
        _settings = settings;
        foreach (var entry in settings.InsecureRegistries)
        {
            if (entry.Contains('/', StringComparison.Ordinal) && IPNetwork.TryParse(entry, out var network)) _insecureNetworks.Add(network);
            else _insecureHosts.Add(entry);
        }
    }

    public IReadOnlyList<RegistryEndpoint> For(ImageReference reference)
    {
        var list = new List<RegistryEndpoint>();
        if (reference.IsHub)
        {
            list.AddRange(_settings.Mirrors.Select(mirror => new RegistryEndpoint(mirror, !IsInsecure(mirror.Authority), IsMirror: true)));
            list.Add(new RegistryEndpoint(_settings.HubEndpoint, !IsInsecure(_settings.HubEndpoint.Authority), IsMirror: false));
            return list;
        }

        if (_answered.TryGetValue(reference.Domain, out var known)) return [known];
        var isInsecure = IsInsecure(reference.Domain);
        list.Add(new RegistryEndpoint(new Uri("https://" + reference.Domain), !isInsecure, IsMirror: false));
        if (isInsecure) list.Add(new RegistryEndpoint(new Uri("http://" + reference.Domain), IsVerified: false, IsMirror: false));
        return list;
    }

    /// <summary>Remembers which scheme an insecure registry speaks, so that the others are not tried again.</summary>
    public void Remember(ImageReference reference, RegistryEndpoint endpoint)
    {
        if (!reference.IsHub && _answered.Count < Limits.TokensMax) _answered[reference.Domain] = endpoint;
    }

    /// <summary>A registry that no longer answers as remembered may have changed its scheme.</summary>
    public void Forget(ImageReference reference) => _answered.TryRemove(reference.Domain, out _);

    private bool IsInsecure(string domain)
    {
        if (_insecureHosts.Contains(domain)) return true;
        var uri = new Uri("http://" + domain);
        var host = uri.Host.Trim('[', ']');
        if (_insecureHosts.Contains(host) || host == "localhost") return true;
        return IPAddress.TryParse(host, out var address)
            && (IPAddress.IsLoopback(address) || _insecureNetworks.Exists(network => network.Contains(address)));
    }
}
