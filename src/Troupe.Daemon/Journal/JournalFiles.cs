using Akka.Persistence.Sql.Config;
using LinqToDB;
using Microsoft.Data.Sqlite;

namespace Troupe.Daemon.Journal;

/// <summary>
/// The two SQLite files of a node and how they are opened: WAL, synchronous=FULL (an event that was acknowledged survives a power
/// cut), and the hook that makes writers queue up into one commit.
/// </summary>
internal sealed class JournalFiles
{
    public const string NodeJournal = "akka.persistence.journal.node";
    public const string NodeSnapshots = "akka.persistence.snapshot-store.node";
    public const string SchedulerJournal = "akka.persistence.journal.scheduler";
    public const string SchedulerSnapshots = "akka.persistence.snapshot-store.scheduler";

    /// <summary>For the connection to a locked database; writers of one process queue in the plugin, so this is for other readers.</summary>
    private const int BusyTimeoutMs = 10_000;

    public JournalFiles(string dataRoot)
    {
        var directory = Path.Combine(dataRoot, "journal");
        NodePath = Path.Combine(directory, "node.db");
        SchedulerPath = Path.Combine(directory, "scheduler.db");
    }

    public string NodePath { get; }

    public string SchedulerPath { get; }

    /// <summary>Makes directory and files and sets what is kept in the file itself. Idempotent.</summary>
    public void Prepare()
    {
        Directory.CreateDirectory(
            Path.GetDirectoryName(NodePath)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (var path in new[] { NodePath, SchedulerPath })
        {
            using var connection = new SqliteConnection(ConnectionString(path));
            connection.Open();
            Execute(connection, "PRAGMA journal_mode=WAL");
        }
    }

    public MultiDataOptionsSetup Setup()
    {
        var setup = new MultiDataOptionsSetup();
        setup.AddDataOptions(NodeJournal, Options(NodePath));
        setup.AddDataOptions(NodeSnapshots, Options(NodePath));
        setup.AddDataOptions(SchedulerJournal, Options(SchedulerPath));
        setup.AddDataOptions(SchedulerSnapshots, Options(SchedulerPath));
        return setup;
    }

    /// <summary>The plugins want the string also where the options have it.</summary>
    public string Hocon() => $$"""
        akka.persistence {
          journal.node.connection-string = "{{ConnectionString(NodePath)}}"
          snapshot-store.node.connection-string = "{{ConnectionString(NodePath)}}"
          journal.scheduler.connection-string = "{{ConnectionString(SchedulerPath)}}"
          snapshot-store.scheduler.connection-string = "{{ConnectionString(SchedulerPath)}}"
        }
        """;

    /// <summary>A reader beside the journal plugin; WAL lets it read while the plugin writes.</summary>
    public static SqliteConnection OpenReader(string path)
    {
        var connection = new SqliteConnection(ConnectionString(path, SqliteOpenMode.ReadOnly));
        connection.Open();
        return connection;
    }

    private static string ConnectionString(string path, SqliteOpenMode mode = SqliteOpenMode.ReadWriteCreate) =>
        new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, DefaultTimeout = BusyTimeoutMs / 1000 }.ToString();

    /// <summary>
    /// SQLite's provider is synchronous: without a truly asynchronous step the plugin's stream would write one event per commit.
    /// The asynchronous hook gives the other writers the moment in which they queue up.
    /// </summary>
    private static DataOptions Options(string path) => new DataOptions()
        .UseConnectionString(ProviderName.SQLiteMS, ConnectionString(path))
        .UseAfterConnectionOpened(
            connection => Execute((SqliteConnection)connection, Pragmas),
            (connection, cancel) => Task.Run(() => Execute((SqliteConnection)connection, Pragmas), cancel));

    private const string Pragmas = "PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY";

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
