using Troupe.Runtime.Verbs;

namespace Troupe.Runtime;

/// <summary>The binary: an OCI runtime on the command line, and the shim.</summary>
internal static class Program
{
    public static int Main(string[] arguments) => CommandLine.Run(arguments);
}
