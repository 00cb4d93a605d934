using Microsoft.Data.Sqlite;
using Troupe.Containers.Containers;
using Troupe.Protocol.Containers;
using Troupe.Protocol.Wire;

namespace Troupe.Daemon.Journal;

/// <summary>
/// The views of all containers, in one pass over the node's journal: far cheaper than recovering their actors one by one, and done
/// before the API is served. A row that can't be decoded ends its container's replay: what was known before it is shown.
/// </summary>
internal static class JournalViews
{
    /// <summary>The first column says what the row is: 0 a snapshot, 1 an event; a container's snapshot comes before its events.</summary>
    private const string Query = """
        WITH newest AS (
            SELECT persistence_id AS id, max(sequence_number) AS number FROM snapshot
            WHERE persistence_id >= 'container-' AND persistence_id < 'container.' GROUP BY persistence_id)
        SELECT 0 AS kind, s.persistence_id AS id, s.sequence_number AS number, s.serializer_id AS serializer, s.manifest, s.snapshot AS message
        FROM snapshot s JOIN newest n ON n.id = s.persistence_id AND n.number = s.sequence_number
        UNION ALL
        SELECT 1, j.persistence_id, j.sequence_number, j.identifier, j.manifest, j.message
        FROM journal j LEFT JOIN newest n ON n.id = j.persistence_id
        WHERE j.persistence_id >= 'container-' AND j.persistence_id < 'container.' AND j.deleted = 0
            AND j.sequence_number > coalesce(n.number, 0)
        ORDER BY id, kind, number
        """;

    public static IReadOnlyList<ContainerView> Read(string path, string nodeId)
    {
        using var connection = JournalFiles.OpenReader(path);
        if (!JournalCatalog.HasTable(connection)) return [];
        using var command = connection.CreateCommand();
        command.CommandText = Query;
        using var reader = command.ExecuteReader();
        var views = new List<ContainerView>();
        var rows = new Rows();
        while (reader.Read())
        {
            var id = reader.GetString(1);
            if (id != rows.Id)
            {
                if (rows.View(nodeId) is { } view) views.Add(view);
                rows = new Rows { Id = id };
            }

            rows.Add(isSnapshot: reader.GetInt32(0) == 0, Decode(reader));
        }

        if (rows.View(nodeId) is { } last) views.Add(last);
        return views;
    }

    private static object? Decode(SqliteDataReader row)
    {
        if (row.IsDBNull(3) || row.GetInt32(3) != WireSerializer.Id) return null;
        try
        {
            return WireGate.Decode(row.GetFieldValue<byte[]>(5), row.GetString(4));
        }
        catch (WireFormatException)
        {
            return null;
        }
    }

    /// <summary>One container's rows.</summary>
    private sealed class Rows
    {
        private readonly List<ContainerEvent> _events = [];
        private object? _snapshot;
        private bool _isBroken;

        public string Id { get; init; } = "";

        public void Add(bool isSnapshot, object? decoded)
        {
            _isBroken |= decoded is null;
            if (_isBroken) return;
            if (isSnapshot) _snapshot = decoded;
            else if (decoded is ContainerEvent happened) _events.Add(happened);
        }

        public ContainerView? View(string nodeId) => ContainerReplay.ViewOf(_snapshot, _events, nodeId);
    }
}
