using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Options;

namespace Authly.Infrastructure.Configuration;

internal static class ConfigurationExtensions
{
    /// <summary>Reads and checks the settings once, for everybody.</summary>
    /// <exception cref="OptionsValidationException">What is missing or wrong.</exception>
    /// <exception cref="StartupException">A setting that does not exist, or is not of its kind.</exception>
    public static AuthlyOptions AddConfiguration(this WebApplicationBuilder builder)
    {
        var isDevelopment = builder.Environment.IsDevelopment();
        // The weakest source of all. Threat: that no framework writes URLs with codes and hints into a log must not hang on a file.
        ((IConfigurationBuilder)builder.Configuration).Sources.Insert(0, new MemoryConfigurationSource
        {
            InitialData = LogLevels(isDevelopment).Select(level => new KeyValuePair<string, string?>(
                $"Logging:LogLevel:{level.Category}", $"{level.Level}")),
        });
        // A start that fails is explained once, by the command line; what ends a server that runs is critical, and told.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        var connections = new ConnectionStrings(builder.Configuration);
        var addresses = new ListenAddresses(builder.Configuration);
        var options = builder.Configuration.Read<AuthlyOptions>(AuthlyOptions.Section);
        if (isDevelopment)
            options.Issuer ??= addresses.Local;
        options.Issuer = options.Issuer?.TrimEnd('/');
        options.DataFolder = Path.GetFullPath(options.DataFolder);
        options.Metrics.Port ??= isDevelopment ? 0 : MetricsOptions.DefaultPort;
        options.ShutdownDelay ??= isDevelopment ? TimeSpan.Zero : TimeSpan.FromSeconds(5);

        var faults = new AuthlyOptionsValidator(isDevelopment, connections, addresses).Validate(options).Errors;
        if (faults.Count > 0)
            throw new OptionsValidationException(AuthlyOptions.Section, typeof(AuthlyOptions), faults.Select(fault => fault.ErrorMessage));
        addresses.Apply(builder, options.Metrics.Port.Value);
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(connections);
        builder.Services.AddSingleton<ConfiguredDatabase>();
        builder.Services.AddSingleton(TimeProvider.System);
        return options;
    }

    // In Development the banner says what is to say.
    private static (string Category, LogLevel Level)[] LogLevels(bool isDevelopment) =>
    [
        ("Default", isDevelopment ? LogLevel.Warning : LogLevel.Information), ("Authly.Access", LogLevel.Warning),
        ("Microsoft", LogLevel.Warning), ("Microsoft.Hosting.Lifetime", isDevelopment ? LogLevel.Warning : LogLevel.Information),
        ("OpenIddict", LogLevel.Warning), ("System", LogLevel.Warning),
    ];
}
