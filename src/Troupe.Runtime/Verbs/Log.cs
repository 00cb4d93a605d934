using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Troupe.Runtime.Verbs;

/// <summary>Errors as runc writes them: <c>level=error msg=...</c> to stderr, and to --log as text or JSON, where containerd and podman read them.</summary>
internal sealed class Log(string? path, bool json)
{
    public void Error(string message)
    {
        Console.Error.WriteLine($"time=\"{Now()}\" level=error msg={Quote(message)}");
        if (string.IsNullOrEmpty(path)) return;
        try
        {
            File.AppendAllText(path, json ? Json(message) : $"time=\"{Now()}\" level=error msg={Quote(message)}\n");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"can't write the log {path}: {e.Message}");
        }
    }

    private static string Now() => TimeProvider.System.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture);

    private static string Quote(string text) => "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal) + "\"";

    private static string Json(string message)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("level", "error");
            writer.WriteString("msg", message);
            writer.WriteString("time", Now());
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
    }
}
