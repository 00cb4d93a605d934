using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Troupe.Daemon.Hosting;

namespace Troupe.Daemon.Cluster;

/// <summary>
/// The cluster's own CA and this node's certificate, made at the first start, in <c>data-root/cluster</c>. Remoting trusts this CA
/// and nothing else; the machine's trust store has no say.
/// </summary>
internal sealed class ClusterCertificates : IDisposable
{
    private const UnixFileMode Secret = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Shown = Secret | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private ClusterCertificates(X509Certificate2 authority, X509Certificate2 node) => (Authority, Node) = (authority, node);

    public X509Certificate2 Authority { get; }

    /// <summary>With its private key.</summary>
    public X509Certificate2 Node { get; }

    /// <param name="hostNames">Names and addresses under which other nodes reach this one; a change makes a new node certificate.</param>
    public static ClusterCertificates LoadOrCreate(string directory, string nodeId, IReadOnlyList<string> hostNames, TimeProvider time)
    {
        Directory.CreateDirectory(directory, Secret | UnixFileMode.UserExecute);
        var authority = LoadPair(directory, "ca") ?? Save(directory, "ca", MakeAuthority(time.GetUtcNow()));
        var node = LoadPair(directory, "node");
        if (node is null || !IsGood(node, authority, hostNames, time.GetUtcNow()))
        {
            node?.Dispose();
            node = Save(directory, "node", MakeNode(authority, nodeId, hostNames, time.GetUtcNow()));
        }

        return new ClusterCertificates(authority, node);
    }

    /// <summary>Whether the certificate was issued by this cluster's CA, is in time and is good for the peer's role.</summary>
    public bool IsTrusted(X509Certificate2 certificate, TimeProvider time)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(Authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = time.GetUtcNow().UtcDateTime;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ClientAuthentication));
        return chain.Build(certificate);
    }

    public void Dispose()
    {
        Authority.Dispose();
        Node.Dispose();
    }

    private static bool IsGood(X509Certificate2 node, X509Certificate2 authority, IReadOnlyList<string> hostNames, DateTimeOffset now) =>
        node.NotAfter.ToUniversalTime() - now > Limits.LifeNodeCertificate / 2
        && node.IssuerName.RawData.AsSpan().SequenceEqual(authority.SubjectName.RawData)
        && hostNames.All(h => node.MatchesHostname(h, allowCommonName: false));

    private static X509Certificate2 MakeAuthority(DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var name = $"CN=troupe cluster {RandomNumberGenerator.GetHexString(8, lowercase: true)}";
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request.CreateSelfSigned(now.AddHours(-1), now + Limits.LifeAuthority);
    }

    private static X509Certificate2 MakeNode(
        X509Certificate2 authority, string nodeId, IReadOnlyList<string> hostNames, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN=troupe node {nodeId}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(
            [new Oid(ServerAuthentication), new Oid(ClientAuthentication)], false));
        request.CertificateExtensions.Add(AlternativeNames(hostNames));
        var serial = RandomNumberGenerator.GetBytes(16);
        using var certificate = request.Create(authority, now.AddHours(-1), now + Limits.LifeNodeCertificate, serial);
        return certificate.CopyWithPrivateKey(key);
    }

    private static X509Extension AlternativeNames(IReadOnlyList<string> hostNames)
    {
        var names = new SubjectAlternativeNameBuilder();
        foreach (var host in hostNames)
        {
            if (IPAddress.TryParse(host, out var address)) names.AddIpAddress(address);
            else names.AddDnsName(host);
        }

        return names.Build();
    }

    private static X509Certificate2? LoadPair(string directory, string name)
    {
        var certificate = Path.Combine(directory, name + ".pem");
        var key = Path.Combine(directory, name + ".key");
        return File.Exists(certificate) && File.Exists(key) ? X509Certificate2.CreateFromPemFile(certificate, key) : null;
    }

    /// <summary>The key first: a certificate without its key is made again, a key without its certificate is overwritten.</summary>
    private static X509Certificate2 Save(string directory, string name, X509Certificate2 made)
    {
        using var key = made.GetECDsaPrivateKey()!;
        DurableFile.Write(Path.Combine(directory, name + ".key"), key.ExportPkcs8PrivateKeyPem() + "\n", Secret);
        DurableFile.Write(Path.Combine(directory, name + ".pem"), made.ExportCertificatePem() + "\n", Shown);
        return made;
    }
}
