namespace Authly.Infrastructure.Configuration;

/// <summary>
/// Settings as they were meant: an empty one is none, as compose files write a variable that is not set (<c>Authly__Seed__File=</c>), and
/// does not hide what a weaker source says.
/// </summary>
internal static class GivenSettings
{
    /// <summary>What the strongest source says that says something; null where none does.</summary>
    public static string? Given(this IConfiguration configuration, string key) => configuration.Given(key, _ => true);

    /// <summary>The same, but of files or of all else alone.</summary>
    public static string? Given(this IConfiguration configuration, string key, bool inFiles) =>
        configuration.Given(key, provider => provider is FileConfigurationProvider == inFiles);

    private static string? Given(this IConfiguration configuration, string key, Func<IConfigurationProvider, bool> counts)
    {
        foreach (var provider in ((IConfigurationRoot)configuration).Providers.Reverse().Where(counts))
        {
            if (provider.TryGet(key, out var value) && !string.IsNullOrWhiteSpace(value))
                return value;
        }

        return null;
    }

    /// <summary>Reads a section into its options.</summary>
    /// <exception cref="StartupException">There is no such setting, or its value is not of its kind; never with the value.</exception>
    public static T Read<T>(this IConfiguration configuration, string section) where T : new()
    {
        var given = configuration.GetSection(section).AsEnumerable()
            .Select(pair => new KeyValuePair<string, string?>(pair.Key, configuration.Given(pair.Key)))
            .Where(pair => pair.Value is not null).DistinctBy(pair => pair.Key, StringComparer.OrdinalIgnoreCase).ToList();
        var options = new T();
        try
        {
            new ConfigurationBuilder().AddInMemoryCollection(given).Build().GetSection(section)
                .Bind(options, binder => binder.ErrorOnUnknownConfiguration = true);
        }
        catch (InvalidOperationException exception)
        {
            // "... at 'Authly:Metrics:Port' to type ..." or "... were not found on the instance of ...: 'Prot', 'Enabeld'".
            var quoted = exception.Message.Split('\'').Where((_, index) => index % 2 == 1).ToList();
            var key = quoted.Find(word => given.Exists(pair => pair.Key == word));
            var unknown = given.Select(pair => pair.Key).Where(each => each.Split(':')[1..].Any(quoted.Contains));
            throw new StartupException(key is not null
                ? $"{key} cannot be read: it must be {KindOf(exception.Message)}"
                : $"There is no setting {string.Join(", ", unknown)}", exception);
        }

        return options;
    }

    private static string KindOf(string message) =>
        message.Contains("TimeSpan", StringComparison.Ordinal) ? "a duration, [d.]hh:mm:ss"
        : message.Contains("Int32", StringComparison.Ordinal) ? "a whole number"
        : message.Contains("Boolean", StringComparison.Ordinal) ? "true or false"
        : "one of the values in docs/configuration.md";
}
