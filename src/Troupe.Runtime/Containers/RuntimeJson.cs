using System.Text.Json;
using System.Text.Json.Serialization;
using Troupe.Specs.Runtime;

namespace Troupe.Runtime.Containers;

/// <summary>
/// The JSON contexts of this program. What a context knows of its types takes about 250 KiB once it was used, and a generated Default
/// keeps it for ever: a shim, which lives as long as its container, forgets it after the start. For one thread.
/// </summary>
internal static class RuntimeJson
{
    private static OciJson? s_oci;
    private static StateJson? s_state;

    public static OciJson Oci => s_oci ??= new OciJson(Options());

    public static StateJson State => s_state ??= new StateJson(Options());

    /// <summary>The next use makes them anew.</summary>
    public static void Forget()
    {
        s_oci = null;
        s_state = null;
    }

    /// <summary>The options that both contexts declare; a context given options does not look at its own declaration.</summary>
    private static JsonSerializerOptions Options() => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };
}
