using Troupe.Daemon.Index;
using Troupe.Protocol.Containers;
using Troupe.Specs;
using Troupe.Specs.Streams;

namespace Troupe.Daemon.Tests.Index;

public sealed class ContainerIndexTests
{
    [Fact]
    public void Index_when_a_view_is_published_then_readers_see_it_and_older_snapshots_do_not_change()
    {
        var index = new ContainerIndex();
        var before = index.All;
        var signals = 0;
        index.Published += () => signals++;
        var view = View("web", new string('a', 64));

        index.Publish(view);
        var during = index.All;
        index.Publish(view with { Status = ContainerStatus.Removed });

        Assert.Empty(before);
        Assert.Same(view, Assert.Single(during));
        Assert.Empty(index.All);
        Assert.Null(index.Find(view.Id));
        Assert.Equal(2, signals);
    }

    [Fact]
    public void Locator_when_asked_then_prefers_full_id_then_name_then_unique_prefix()
    {
        var index = new ContainerIndex();
        var first = View("abc", "abc1" + new string('0', 60));
        var second = View("other", "abc2" + new string('0', 60));
        index.Publish(first);
        index.Publish(second);
        var locator = new EntityLocator(index);

        Assert.Equal(second.Id, locator.Locate(second.Id.Hex)!.Value.Id);
        Assert.Equal(first.Id, locator.Locate("abc")!.Value.Id);
        Assert.Equal(first.Id, locator.Locate("/abc")!.Value.Id);
        Assert.Equal(second.Id, locator.Locate("abc2")!.Value.Id);
        Assert.Throws<AmbiguousIdException>(() => locator.Locate("ab"));
        Assert.Null(locator.Locate("nobody"));
        Assert.Null(locator.Locate(""));
    }

    internal static ContainerView View(string name, string id) => new(
        ContainerId.Parse(id), "node", name, 1, default, null!, ContainerStatus.Created, DateTimeOffset.UnixEpoch, null, null, 0, 0, false, "", 0, []);
}
