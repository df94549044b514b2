using Microsoft.Extensions.Options;

namespace Authly.Infrastructure.Configuration;

internal static class ConfigurationExtensions
{
    /// <summary>Reads and checks the settings once, for everybody.</summary>
    /// <exception cref="OptionsValidationException">What is missing or wrong.</exception>
    public static AuthlyOptions AddConfiguration(this WebApplicationBuilder builder)
    {
        // A start that fails is explained once, by the command line; what ends a server that runs is critical, and told.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        var isDevelopment = builder.Environment.IsDevelopment();
        var connections = new ConnectionStrings(builder.Configuration);
        var options = new AuthlyOptions();
        builder.Configuration.GetSection(AuthlyOptions.Section).Bind(options, binder => binder.ErrorOnUnknownConfiguration = true);
        if (isDevelopment)
            options.Issuer ??= FirstUrl(builder.Configuration);
        options.Issuer = options.Issuer?.TrimEnd('/');
        options.DataFolder = Path.Combine(builder.Environment.ContentRootPath, options.DataFolder);
        options.Metrics.Port ??= isDevelopment ? 0 : 9464;
        options.ShutdownDelay ??= isDevelopment ? TimeSpan.Zero : TimeSpan.FromSeconds(5);

        var faults = new AuthlyOptionsValidator(isDevelopment, connections).Validate(options).Errors;
        if (faults.Count > 0)
            throw new OptionsValidationException(AuthlyOptions.Section, typeof(AuthlyOptions), faults.Select(fault => fault.ErrorMessage));
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(connections);
        builder.Services.AddSingleton<ConfiguredDatabase>();
        builder.Services.AddSingleton(TimeProvider.System);
        return options;
    }

    // "http://*:80" is where to listen, not a name that a client could know.
    private static string? FirstUrl(ConfigurationManager configuration) =>
        configuration[WebHostDefaults.ServerUrlsKey]?.Split(';')[0].Replace("//*", "//localhost").Replace("//+", "//localhost")
            .Replace("//0.0.0.0", "//localhost").Replace("//[::]", "//localhost");
}
