namespace Authly.Infrastructure.Hosting;

/// <summary>What the program is told to do instead of serving, as in <c>authly keys list</c>.</summary>
/// <param name="Options">The switches that were given a value, as in <c>--limit 10</c>.</param>
internal sealed record Command(string Name, string[] Words, IReadOnlyDictionary<string, string> Options)
{
    /// <summary>
    /// A command is the lower-case words in front, and the lower-case switches anywhere; all else are settings. A switch that the command
    /// does not know is then its fault, and not a setting that nobody reads.
    /// </summary>
    /// <param name="valued">The switches of a command that take the argument behind them; none for most.</param>
    public static (Command? Command, string[] Settings) Parse(string[] args, Func<string, IReadOnlyCollection<string>>? valued = null)
    {
        if (args.Length == 0 || !IsWord(args[0]))
            return (null, args);
        var words = args.TakeWhile(IsWord).ToArray();
        var names = valued?.Invoke(words[0]) ?? [];
        List<string> switches = [];
        List<string> settings = [];
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var index = words.Length; index < args.Length; index++)
        {
            var (name, isGiven, value) = Split(args[index]);
            if (names.Contains(name) && (isGiven || index + 1 < args.Length))
                options[name] = isGiven ? value : args[++index];
            else
                (IsSwitch(args[index]) ? switches : settings).Add(args[index]);
        }

        return (new Command(words[0], [.. words[1..], .. switches], options), [.. settings]);
    }

    private static (string Name, bool IsGiven, string Value) Split(string arg) =>
        arg.IndexOf('=', StringComparison.Ordinal) is var at and >= 0 ? (arg[..at], true, arg[(at + 1)..]) : (arg, false, "");

    private static bool IsSwitch(string arg) => arg.StartsWith("--", StringComparison.Ordinal) && IsWord(arg[2..]);

    private static bool IsWord(string arg) =>
        arg.Length > 0 && arg.All(letter => char.IsAsciiLetterLower(letter) || letter == '-') && arg[0] != '-';
}
