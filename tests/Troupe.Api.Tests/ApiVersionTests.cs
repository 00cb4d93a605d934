namespace Troupe.Api.Tests;

public sealed class ApiVersionTests
{
    [Theory]
    [InlineData("1.24", 1, 24)]
    [InlineData("1.51", 1, 51)]
    [InlineData("2", 2, 0)]
    [InlineData("1.100", 1, 100)]
    public void Version_when_well_formed_then_read(string text, int major, int minor)
    {
        Assert.True(ApiVersion.TryParse(text, out var version));
        Assert.Equal(new ApiVersion(major, minor), version);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("1.")]
    [InlineData(".1")]
    [InlineData("1.2.3")]
    [InlineData("-1.2")]
    [InlineData("1.99999999999")]
    public void Version_when_malformed_then_refused(string text) => Assert.False(ApiVersion.TryParse(text, out _));

    [Fact]
    public void Versions_when_compared_then_by_number_and_not_by_text()
    {
        Assert.True(new ApiVersion(1, 9) < new ApiVersion(1, 24));
        Assert.True(new ApiVersion(1, 100) > ApiVersion.Newest);
        Assert.True(new ApiVersion(2, 0) > new ApiVersion(1, 51));
        Assert.True(ApiVersion.Oldest <= ApiVersion.Newest);
    }
}
