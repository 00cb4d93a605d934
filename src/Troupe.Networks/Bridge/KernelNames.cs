namespace Troupe.Networks.Bridge;

/// <summary>
/// Names of kernel objects: every one begins with the instance, so that daemons side by side never touch one another's, and derives from a
/// journalled id, so that a restart finds what nobody owns. Links have at most 15 bytes.
/// </summary>
public static class KernelNames
{
    /// <summary>Digits of an endpoint id in its link's name: what 15 bytes leave. A network's live endpoints differ in them.</summary>
    public const int EndpointDigits = 5;

    /// <summary>Begins every link of an instance (6 hex digits).</summary>
    public static string LinkPrefix(string instance) => $"trp{Checked(instance)}";

    /// <summary>The default bridge.</summary>
    public static string DefaultBridge(string instance) => LinkPrefix(instance) + "0";

    /// <summary>The host's end of an endpoint's veth pair.</summary>
    public static string Veth(string instance, string endpointId)
    {
        ArgumentNullException.ThrowIfNull(endpointId);
        return $"{VethPrefix(instance)}{endpointId[..EndpointDigits]}";
    }

    public static string VethPrefix(string instance) => LinkPrefix(instance) + "v";

    /// <summary>The nftables table.</summary>
    public static string Table(string instance) => $"troupe-{Checked(instance)}";

    private static string Checked(string instance)
    {
        ArgumentNullException.ThrowIfNull(instance);
        return instance.Length == 6 && instance.All(char.IsAsciiHexDigitLower)
            ? instance
            : throw new ArgumentException($"\"{instance}\" is no instance: six lower-case hex digits are");
    }
}
