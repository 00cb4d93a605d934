using Microsoft.Data.Sqlite;
using Troupe.Containers.Containers;
using Troupe.Specs;

namespace Troupe.Daemon.Journal;

/// <summary>Which containers the node's journal knows, by one query beside the journal plugin. Process host; thread-safe.</summary>
internal sealed class JournalCatalog(string path) : IContainerCatalog
{
    private const string Prefix = "container-";

    /// <summary>
    /// As Akka.Persistence.Sql's default mapping names them. The ids come from the unique index on (persistence_id, sequence_number): the
    /// rows themselves are not read.
    /// </summary>
    private const string Query = """
        SELECT DISTINCT persistence_id FROM journal WHERE persistence_id >= 'container-' AND persistence_id < 'container.'
        EXCEPT SELECT persistence_id FROM journal WHERE manifest = 'ce-removed'
        """;

    public Task<IReadOnlyList<ContainerId>> ListAsync(CancellationToken cancel) => Task.Run<IReadOnlyList<ContainerId>>(() => List(cancel), cancel);

    private List<ContainerId> List(CancellationToken cancel)
    {
        if (!File.Exists(path)) return [];
        using var connection = JournalFiles.OpenReader(path);
        if (!HasTable(connection)) return [];
        using var command = connection.CreateCommand();
        command.CommandText = Query;
        using var reader = command.ExecuteReader();
        var ids = new List<ContainerId>();
        while (reader.Read())
        {
            cancel.ThrowIfCancellationRequested();
            if (ContainerId.TryParse(reader.GetString(0)[Prefix.Length..], out var id)) ids.Add(id);
        }

        return ids;
    }

    /// <summary>At the very first start the plugin may not have made its tables yet: then there is no container.</summary>
    internal static bool HasTable(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'journal'";
        return (long)command.ExecuteScalar()! > 0;
    }
}
