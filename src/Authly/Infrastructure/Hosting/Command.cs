namespace Authly.Infrastructure.Hosting;

/// <summary>What the program is told to do instead of serving, as in <c>authly keys list</c>.</summary>
internal sealed record Command(string Name, string[] Words)
{
    /// <summary>
    /// A command is the lower-case words in front, and the lower-case switches anywhere; all else are settings. A switch that the command
    /// does not know is then its fault, and not a setting that nobody reads.
    /// </summary>
    public static (Command? Command, string[] Settings) Parse(string[] args)
    {
        if (args.Length == 0 || !IsWord(args[0]))
            return (null, args);
        var words = args.TakeWhile(IsWord).ToArray();
        var rest = args[words.Length..].ToLookup(arg => arg.StartsWith("--", StringComparison.Ordinal) && IsWord(arg[2..]));
        return (new Command(words[0], [.. words[1..], .. rest[true]]), [.. rest[false]]);
    }

    private static bool IsWord(string arg) =>
        arg.Length > 0 && arg.All(letter => char.IsAsciiLetterLower(letter) || letter == '-') && arg[0] != '-';
}
