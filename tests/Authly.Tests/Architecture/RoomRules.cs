using System.Text.RegularExpressions;
using Authly.Tests.Harness;

namespace Authly.Tests.Architecture;

/// <summary>The rooms of Infrastructure stand in one order (DESIGN §1), which its README lists.</summary>
public sealed partial class RoomRules
{
    private static readonly string Infrastructure = Path.Combine(AuthlyServer.Repository, "src", "Authly", "Infrastructure");

    private static readonly List<string> Order =
        [.. RoomPattern().Matches(File.ReadAllText(Path.Combine(Infrastructure, "README.md"))).Select(match => match.Groups[1].Value)];

    public static TheoryData<string> Rooms =>
        [.. Directory.EnumerateDirectories(Infrastructure).Select(folder => Path.GetFileName(folder))];

    [Theory, MemberData(nameof(Rooms))]
    public void A_room_uses_only_rooms_above_it(string room)
    {
        var uses = $@"Authly\.Infrastructure\.(\w+)|(?<![\w.])({string.Join('|', Order)})\.[A-Z]\w+[.(<>\s""]";
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Infrastructure, room), "*.cs", SearchOption.AllDirectories))
        {
            if (file.Contains("Migrations", StringComparison.Ordinal))
                continue;
            var used = Regex.Matches(File.ReadAllText(file), uses).Select(match => match.Groups[1].Value + match.Groups[2].Value);
            foreach (var other in used.Distinct())
                Assert.True(Order.IndexOf(other) <= Order.IndexOf(room),
                    $"{Path.GetRelativePath(Infrastructure, file)} uses {other}, which is below {room}");
        }
    }

    [Theory, MemberData(nameof(Rooms))]
    public void A_room_has_its_place_in_the_order_and_says_what_it_is(string room)
    {
        Assert.Contains(room, Order);
        var own = File.ReadAllText(Path.Combine(Infrastructure, room, "README.md"));
        Assert.StartsWith($"# {room}\n", own, StringComparison.Ordinal);
        // What it says that it may use is what the order says.
        var listed = UsedPattern().Matches(own.Split("Uses only the rooms above it:")[1]).Select(match => match.Groups[1].Value);
        Assert.Equal(Order.TakeWhile(other => other != room), listed);
    }

    [GeneratedRegex(@"^\| \[`(\w+)`\]", RegexOptions.Multiline)]
    private static partial Regex RoomPattern();

    [GeneratedRegex(@"`(\w+)`")]
    private static partial Regex UsedPattern();
}
