using Troupe.Specs;

namespace Troupe.Images.Content;

/// <summary>
/// What pulls in progress count on: a removal leaves it alone. Taking a lease and deciding to delete exclude one another, so whoever checks
/// for a blob or layer after taking its lease finds it as it stays. Thread-safe.
/// </summary>
internal sealed class Leases
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Digest, int> _counts = [];

    public IDisposable Take(IReadOnlyCollection<Digest> digests)
    {
        lock (_lock)
        {
            foreach (var digest in digests) _counts[digest] = _counts.GetValueOrDefault(digest) + 1;
        }

        return new Lease(this, digests);
    }

    /// <summary>Runs the deletion unless the digest is leased. Other leases wait meanwhile, so it must be short (a rename, an unlink).</summary>
    public bool TryDelete(Digest digest, Action delete)
    {
        lock (_lock)
        {
            if (_counts.ContainsKey(digest)) return false;
            delete();
            return true;
        }
    }

    private void Release(IReadOnlyCollection<Digest> digests)
    {
        lock (_lock)
        {
            foreach (var digest in digests)
            {
                if (--_counts[digest] == 0) _counts.Remove(digest);
            }
        }
    }

    private sealed class Lease(Leases leases, IReadOnlyCollection<Digest> digests) : IDisposable
    {
        private int _isReleased;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isReleased, 1) == 0) leases.Release(digests);
        }
    }
}
