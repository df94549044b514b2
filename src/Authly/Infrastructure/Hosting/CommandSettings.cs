namespace Authly.Infrastructure.Hosting;

/// <summary>
/// Tells a command's own words from the settings among them, as in <c>authly keys list --Authly:DataFolder data</c>: settings are
/// written as configuration has them, with a colon or a capital letter, and a command's own switches with neither.
/// </summary>
internal static class CommandSettings
{
    // ASP.NET Core's own, which are written in small letters.
    private static readonly string[] OfThePlatform = ["--environment", "--urls"];

    public static (string[] Words, string[] Settings) Split(string[] args)
    {
        List<string> words = [];
        List<string> settings = [];
        for (var index = 0; index < args.Length; index++)
        {
            if (!IsSetting(args[index]))
            {
                words.Add(args[index]);
                continue;
            }

            settings.Add(args[index]);
            if (!args[index].Contains('=', StringComparison.Ordinal) && index + 1 < args.Length)
                settings.Add(args[++index]);
        }

        return ([.. words], [.. settings]);
    }

    private static bool IsSetting(string arg)
    {
        var name = arg.Split('=')[0];
        return name.StartsWith("--", StringComparison.Ordinal)
            && (name.Contains(':', StringComparison.Ordinal) || name.Any(char.IsAsciiLetterUpper) || OfThePlatform.Contains(name));
    }
}
