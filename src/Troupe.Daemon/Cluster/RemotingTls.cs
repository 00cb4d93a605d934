using System.Net.Security;
using Akka.Event;
using Akka.Remote.Transport.DotNetty;

namespace Troupe.Daemon.Cluster;

/// <summary>
/// Mutual TLS of Akka.Remote: both sides show a certificate of the cluster's CA, and the one that connects checks the name it
/// connected to. Always on, also for one node on loopback, where a plain port would give every local user root.
/// </summary>
internal static class RemotingTls
{
    /// <summary>Put over every file: no configuration may switch it off.</summary>
    public const string Hocon = """
        akka.remote.dot-netty.tcp {
          enable-ssl = on
          ssl {
            suppress-validation = off
            require-mutual-authentication = on
            validate-certificate-hostname = on
          }
        }
        """;

    public static DotNettySslSetup Setup(ClusterCertificates certificates, TimeProvider time) => new(
        certificates.Node, suppressValidation: false, requireMutualAuthentication: true, validateCertificateHostname: true,
        customValidator: (certificate, _, peer, errors, log) =>
        {
            // The chain errors of the machine's trust store say nothing: our CA is in no store. The name does.
            var refused = certificate is null ? "no certificate"
                : errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable) ? "no certificate"
                : errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) ? "the name does not match"
                : !certificates.IsTrusted(certificate, time) ? "not of this cluster"
                : null;
            if (refused is not null) log.Warning("Refused the certificate of {0}: {1}", peer, refused);
            return refused is null;
        });
}
