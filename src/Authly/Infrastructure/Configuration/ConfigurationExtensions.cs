using Microsoft.Extensions.Options;

namespace Authly.Infrastructure.Configuration;

/// <summary>A start that cannot go on, told in one sentence for the person at the console.</summary>
internal sealed class StartupException(string message, Exception? inner = null) : Exception(message, inner);

internal static class ConfigurationExtensions
{
    public static void AddConfiguration(this WebApplicationBuilder builder)
    {
        // A start that fails is explained once, by RunOrExplainAsync.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
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

    /// <summary>Runs the application; a start that cannot go on ends with exit code 1 and a few readable lines instead of a stack trace.</summary>
    public static async Task<int> RunOrExplainAsync(this WebApplicationBuilder builder, Func<WebApplicationBuilder, WebApplication> build)
    {
        try
        {
            await using var app = build(builder);
            await app.RunAsync();
            return 0;
        }
        catch (OptionsValidationException exception)
        {
            return Explain([.. exception.Failures]);
        }
        catch (StartupException exception)
        {
            return Explain(exception.Message);
        }
        catch (InvalidOperationException exception) when (exception.Message.StartsWith("'ErrorOnUnknownConfiguration'", StringComparison.Ordinal)
            || exception.Message.StartsWith("Failed to convert configuration value", StringComparison.Ordinal))
        {
            return Explain(exception.Message);
        }
        catch (ArgumentException exception) when (exception.Source == "Npgsql")
        {
            return Explain($"ConnectionStrings:Authly cannot be read: {exception.Message}");
        }
        catch (IOException exception) when (exception.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            return Explain($"{exception.Message} Another program listens there: choose another port, as in --urls http://localhost:5056");
        }
    }

    private static int Explain(params string[] reasons)
    {
        Console.Error.WriteLine("Authly cannot start:");
        foreach (var reason in reasons)
            Console.Error.WriteLine($"  - {reason}");
        Console.Error.WriteLine("Every setting is described in docs/configuration.md.");
        return 1;
    }

    // "http://*:80" is where to listen, not a name that a client could know.
    private static string? FirstUrl(IConfiguration configuration) =>
        configuration[WebHostDefaults.ServerUrlsKey]?.Split(';')[0].Replace("//*", "//localhost").Replace("//+", "//localhost")
            .Replace("//0.0.0.0", "//localhost").Replace("//[::]", "//localhost");
}
