using Microsoft.Data.Sqlite;
using Troupe.Protocol.Containers;
using Troupe.Protocol.Wire;
using Troupe.Specs;

namespace Troupe.Daemon.Journal;

/// <summary>One row, decoded; null when it is not ours or can't be read (its entity is quarantined, the stream goes on).</summary>
internal readonly record struct JournalRow(long Ordering, object? Event);

/// <summary>
/// Reads the node's journal beside the plugin that writes it, by ordering. SQLite has one writer at a time, so rows become
/// visible in the order of their numbers and a cursor misses none. Not thread-safe.
/// </summary>
internal sealed class JournalReader : IDisposable
{
    private readonly SqliteConnection _connection;
    private bool _hasTable;

    private JournalReader(SqliteConnection connection) => _connection = connection;

    public static JournalReader Open(string path) => new(JournalFiles.OpenReader(path));

    /// <summary>Number of the newest row; 0 when there is none.</summary>
    public long Newest()
    {
        if (!HasTable()) return 0;
        using var command = Command("SELECT coalesce(max(ordering), 0) FROM journal");
        return (long)command.ExecuteScalar()!;
    }

    /// <summary>
    /// The number before the first row written at or after an instant. The rows' own clock is that of the journal plugin, which is read
    /// after the event's, so that no event of that time is left out.
    /// </summary>
    public long Before(DateTimeOffset instant)
    {
        if (!HasTable()) return 0;
        using var command = Command("SELECT coalesce(max(ordering), 0) FROM journal WHERE created < $at");
        command.Parameters.AddWithValue("$at", instant.UtcTicks);
        return (long)command.ExecuteScalar()!;
    }

    public IReadOnlyList<JournalRow> After(long ordering, int rowsMax)
    {
        if (!HasTable()) return [];
        using var command = Command(
            "SELECT ordering, identifier, manifest, message FROM journal WHERE ordering > $after AND deleted = 0 ORDER BY ordering LIMIT $max");
        command.Parameters.AddWithValue("$after", ordering);
        command.Parameters.AddWithValue("$max", rowsMax);
        return Read(command);
    }

    /// <summary>What happened to one container before a row.</summary>
    public IEnumerable<ContainerEvent> HistoryOf(ContainerId id, long before)
    {
        using var command = Command(
            "SELECT ordering, identifier, manifest, message FROM journal WHERE persistence_id = $id AND ordering < $before ORDER BY sequence_number");
        command.Parameters.AddWithValue("$id", "container-" + id.Hex);
        command.Parameters.AddWithValue("$before", before);
        return Read(command).Select(r => r.Event).OfType<ContainerEvent>().ToArray();
    }

    public void Dispose() => _connection.Dispose();

    private static List<JournalRow> Read(SqliteCommand command)
    {
        using var reader = command.ExecuteReader();
        var rows = new List<JournalRow>();
        while (reader.Read())
        {
            var isOurs = !reader.IsDBNull(1) && reader.GetInt32(1) == WireSerializer.Id;
            rows.Add(new JournalRow(reader.GetInt64(0), isOurs ? Decode(reader.GetFieldValue<byte[]>(3), reader.GetString(2)) : null));
        }

        return rows;
    }

    private static object? Decode(byte[] message, string manifest)
    {
        try
        {
            return WireGate.Decode(message, manifest);
        }
        catch (WireFormatException)
        {
            return null;
        }
    }

    private bool HasTable() => _hasTable = _hasTable || JournalCatalog.HasTable(_connection);

    private SqliteCommand Command(string sql)
    {
        var command = _connection.CreateCommand();
#pragma warning disable CA2100 // Every text is a constant of this file; values are parameters.
        command.CommandText = sql;
#pragma warning restore CA2100
        return command;
    }
}
