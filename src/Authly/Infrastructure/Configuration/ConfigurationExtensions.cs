using Microsoft.Extensions.Options;

namespace Authly.Infrastructure.Configuration;

internal static class ConfigurationExtensions
{
    public static void AddConfiguration(this WebApplicationBuilder builder)
    {
        // A start that fails is explained once, by RunOrExplainAsync; what ends a server that runs is critical, and told.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        builder.Services.AddSingleton<IValidateOptions<AuthlyOptions>, AuthlyOptionsValidator>();
        builder.Services.AddSingleton(services => services.GetRequiredService<IOptions<AuthlyOptions>>().Value);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddOptions<AuthlyOptions>()
            .Bind(builder.Configuration.GetSection(AuthlyOptions.Section), binder => binder.ErrorOnUnknownConfiguration = true)
            .PostConfigure<IHostEnvironment, IConfiguration>((options, environment, configuration) =>
            {
                if (environment.IsDevelopment())
                    options.Issuer ??= FirstUrl(configuration);
                options.Issuer = options.Issuer?.TrimEnd('/');
                options.DataFolder = Path.Combine(environment.ContentRootPath, options.DataFolder);
                options.Metrics.Port ??= environment.IsDevelopment() ? 0 : 9464;
            })
            .ValidateOnStart();
    }

    // "http://*:80" is where to listen, not a name that a client could know.
    private static string? FirstUrl(IConfiguration configuration) =>
        configuration[WebHostDefaults.ServerUrlsKey]?.Split(';')[0].Replace("//*", "//localhost").Replace("//+", "//localhost")
            .Replace("//0.0.0.0", "//localhost").Replace("//[::]", "//localhost");
}
