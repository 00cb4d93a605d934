using System.CommandLine;
using Troupe.Cli.CommandLine;

namespace Troupe.Cli.Tests;

public class TokenOrderTests
{
    private static readonly Command Run = CommandTree.Build().Subcommands.Single(c => c.Name == "run");

    [Theory]
    [InlineData("image", "-- image")]
    [InlineData("-it --rm image sh -c x", "-it --rm -- image sh -c x")]
    [InlineData("-e A=b image -e", "-e A=b -- image -e")]
    [InlineData("-eA=b image", "-eA=b -- image")]
    [InlineData("-itw /tmp image", "-itw /tmp -- image")]
    [InlineData("--name=x image --name", "--name=x -- image --name")]
    [InlineData("--name x -- image --rm", "--name x -- image --rm")]
    [InlineData("-d", "-d")]
    [InlineData("image -", "-- image -")]
    public void Options_end_at_the_image(string words, string expected) =>
        Assert.Equal(expected, string.Join(' ', TokenOrder.Normalize(Run, words.Split(' '), isOptionsFirst: true)));

    [Theory]
    [InlineData("--nope image", "unknown flag: --nope")]
    [InlineData("-iX image", "unknown shorthand flag: 'X' in -iX")]
    public void An_unknown_option_is_a_usage_error(string words, string text)
    {
        var error = Assert.Throws<CliException>(() => TokenOrder.Normalize(Run, words.Split(' '), isOptionsFirst: true));
        Assert.StartsWith(text, error.Message, StringComparison.Ordinal);
        Assert.Equal(125, error.ExitCode);
    }

    [Fact]
    public void Options_may_follow_the_names_of_other_commands()
    {
        var rm = CommandTree.Build().Subcommands.Single(c => c.Name == "rm");
        Assert.Equal(["one", "-f", "two"], TokenOrder.Normalize(rm, ["one", "-f", "two"], isOptionsFirst: false));
    }
}
