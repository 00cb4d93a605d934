using System.Text.Json;

namespace Troupe.Daemon.Options;

/// <summary>
/// daemon.json: the same settings as the flags, under dockerd's keys. A setting may be given in one of the two places only, as with
/// dockerd; an unknown key is an error.
/// </summary>
internal sealed class DaemonJson
{
    private readonly Dictionary<string, JsonElement> _values;

    private DaemonJson(Dictionary<string, JsonElement> values) => _values = values;

    public static DaemonJson Empty { get; } = new([]);

    /// <exception cref="OptionsException">Not readable, not JSON, an unknown key, or a setting that is also a flag.</exception>
    public static DaemonJson Read(string path, CommandLine flags)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            if (document.RootElement.ValueKind != JsonValueKind.Object) throw new OptionsException("it is not a JSON object");
            var json = new DaemonJson(document.RootElement.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.Clone()));
            json.CheckKeys();
            json.CheckConflicts(flags);
            return json;
        }
        catch (FileNotFoundException)
        {
            throw Failed(path, $"open {path}: no such file or directory");
        }
        catch (DirectoryNotFoundException)
        {
            throw Failed(path, $"open {path}: no such file or directory");
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException or OptionsException or ArgumentException)
        {
            throw Failed(path, error.Message);
        }
    }

    public bool? Flag(string name) => Find(name) is { } value
        ? value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw new OptionsException($"{name} must be true or false"),
        }
        : null;

    public string? Text(string name) => Find(name) is { } value
        ? value.ValueKind == JsonValueKind.String ? value.GetString() : throw new OptionsException($"{name} must be a string")
        : null;

    public string[] List(string name) => Find(name) is { } value ? [.. Items(name, value).Select(i => Item(name, i))] : [];

    /// <summary>The pools are objects in the file: <c>{"base": "172.80.0.0/16", "size": 24}</c>.</summary>
    public AddressPool[] AddressPools()
    {
        if (Find(OptionTable.AddressPool) is not { } value) return [];
        return [.. Items(OptionTable.AddressPool, value).Select(pool =>
            pool.ValueKind == JsonValueKind.Object
            && pool.TryGetProperty("base", out var b) && b.ValueKind == JsonValueKind.String
            && pool.TryGetProperty("size", out var s) && s.TryGetInt32(out var size)
                ? new AddressPool(b.GetString()!, size)
                : throw new OptionsException("default-address-pools must be a list of {\"base\": CIDR, \"size\": BITS}"))];
    }

    private JsonElement? Find(string name) =>
        OptionTable.All.First(o => o.Name == name).JsonKey is { } key && _values.TryGetValue(key, out var value) ? value : null;

    private static JsonElement.ArrayEnumerator Items(string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : throw new OptionsException($"{name} must be a list");

    private static string Item(string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : throw new OptionsException($"{name} must be a list of strings");

    private void CheckKeys()
    {
        var known = OptionTable.All.Select(o => o.JsonKey).ToHashSet();
        var unknown = _values.Keys.Where(k => !known.Contains(k)).Order(StringComparer.Ordinal).ToArray();
        if (unknown.Length > 0)
        {
            throw new OptionsException($"the following directives don't match any configuration option: {string.Join(", ", unknown)}");
        }
    }

    private void CheckConflicts(CommandLine flags)
    {
        var conflicts = OptionTable.All
            .Where(o => o.JsonKey is not null && flags.Has(o.Name) && _values.ContainsKey(o.JsonKey))
            .Select(o => $"{o.JsonKey}: (from flag: {FromFlag(o, flags)}, from file: {FromFile(_values[o.JsonKey!])})")
            .ToArray();
        if (conflicts.Length > 0)
        {
            throw new OptionsException(
                "the following directives are specified both as a flag and in the configuration file: " + string.Join(", ", conflicts));
        }
    }

    private static string FromFlag(OptionDefinition option, CommandLine flags) => option.Kind switch
    {
        OptionKind.List => $"[{string.Join(' ', flags.List(option.Name))}]",
        OptionKind.Flag => flags.Flag(option.Name) ? "true" : "false",
        _ => flags.Text(option.Name)!,
    };

    // As Go's %v prints what its JSON decoder made: true, not True.
    private static string FromFile(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => $"[{string.Join(' ', value.EnumerateArray().Select(FromFile))}]",
        JsonValueKind.Object => $"map[{string.Join(' ', value.EnumerateObject().OrderBy(p => p.Name, StringComparer.Ordinal).Select(p => $"{p.Name}:{FromFile(p.Value)}"))}]",
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Null => "<nil>",
        _ => value.GetRawText(),
    };

    /// <summary>dockerd's words, its name included: scripts and documentation quote them.</summary>
    private static OptionsException Failed(string path, string why) =>
        new($"unable to configure the Docker daemon with file {path}: {why}");
}
