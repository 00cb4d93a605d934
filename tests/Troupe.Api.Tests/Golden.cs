using System.Text.Json;
using System.Text.Json.Nodes;

namespace Troupe.Api.Tests;

/// <summary>
/// Reviewed answers in files. With TROUPE_GOLDEN set to the project's directory the files are written instead of compared, and the test fails
/// all the same: what was written is to be read before it is committed.
/// </summary>
public static class Golden
{
    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static void Check(string name, JsonNode actual) => Check(name, actual.ToJsonString(Readable) + "\n");

    public static void Check(string name, string actual)
    {
        if (Environment.GetEnvironmentVariable("TROUPE_GOLDEN") is { Length: > 0 } project)
        {
            var written = Path.Combine(project, "Golden", name);
            Directory.CreateDirectory(Path.GetDirectoryName(written)!);
            File.WriteAllText(written, actual);
            Assert.Fail($"{written} was written: review it");
        }

        var path = Path.Combine(AppContext.BaseDirectory, "Golden", name);
        Assert.True(File.Exists(path), $"there is no golden file {name}; TROUPE_GOLDEN=<project directory> writes it. It would be:\n{actual}");
        Assert.Equal(File.ReadAllText(path), actual);
    }
}
