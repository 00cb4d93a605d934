using System.Text;
using Troupe.Protocol;

namespace Troupe.Images.Layers;

/// <summary>Names in a layer's tar, cut into components. Foreign bytes: nothing here is looked up on disk.</summary>
internal static class LayerPath
{
    /// <summary>
    /// The components of a name, as Docker cleans it: a leading slash means the layer's root, <c>.</c> and empty ones vanish, <c>..</c>
    /// takes the one before it away. Empty for the root itself.
    /// </summary>
    /// <exception cref="ImageException">The name leads out of the layer, is longer than <see cref="Limits.PathBytesMax"/> or holds a NUL.</exception>
    public static List<byte[]> Clean(ReadOnlySpan<byte> name)
    {
        if (name.Length > Limits.PathBytesMax || name.IndexOf((byte)0) >= 0) throw Refused(name, "is not a valid path");
        var components = new List<byte[]>();
        foreach (var range in name.Split((byte)'/'))
        {
            var component = name[range];
            if (component.IsEmpty || component.SequenceEqual("."u8)) continue;
            if (!component.SequenceEqual(".."u8))
            {
                components.Add(component.ToArray());
                continue;
            }

            if (components.Count == 0) throw Refused(name, "leads out of the layer");
            components.RemoveAt(components.Count - 1);
        }

        return components;
    }

    /// <summary>The components as one key: one character per byte, so that different bytes stay different.</summary>
    public static string Key(IEnumerable<byte[]> components) => string.Join('/', components.Select(Encoding.Latin1.GetString));

    public static ImageException Refused(ReadOnlySpan<byte> name, string why)
    {
        var text = Encoding.UTF8.GetString(name.Length > 200 ? name[..200] : name);
        return new ImageException(ErrorCode.InvalidArgument, $"failed to register layer: \"{text}\" {why}");
    }
}
