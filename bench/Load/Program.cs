using Authly.Load;

// dotnet run -c Release --project bench/Load -- <what> [--name value ...]
var commands = new Dictionary<string, Func<Arguments, Task>>
{
    ["compare"] = Compare.RunAsync,
    ["rate"] = Rate.RunAsync,
    ["overhead"] = Overhead.RunAsync,
    ["half-load"] = HalfLoad.RunAsync,
    ["versions"] = Versions.RunAsync,
    ["scrapes"] = Scrapes.RunAsync,
    ["scrape-time"] = ScrapeTime.RunAsync,
    ["hostile"] = Hostile.RunAsync,
    ["start"] = Start.RunAsync,
    ["prune"] = Prune.RunAsync,
    ["churn"] = Churn.RunAsync,
    ["flood"] = Flood.RunAsync,
    ["administration"] = Administration.RunAsync,
};
if (args.Length == 0 || !commands.TryGetValue(args[0], out var command))
{
    Console.Error.WriteLine($"Say what to measure: {string.Join(", ", commands.Keys)}.");
    return 1;
}

await command(new Arguments(args[1..]));
return 0;

/// <summary>What stands after the command: <c>--name value</c>.</summary>
internal sealed class Arguments(string[] args)
{
    public int Get(string name, int otherwise) => Text(name) is { } text ? int.Parse(text, provider: null) : otherwise;

    public string? Text(string name)
    {
        var index = Array.IndexOf(args, $"--{name}");
        return index < 0 ? null : args[index + 1];
    }
}
