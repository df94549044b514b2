using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Authly.Infrastructure.Hosting;

/// <summary>What a command does, with settings that nobody has checked; <c>Build</c> checks them and makes the program of them.</summary>
internal sealed record CommandContext(WebApplicationBuilder Builder, Func<WebApplication> Build, Command Command)
{
    /// <summary>Does something with the database, which must be of this version.</summary>
    public async Task<int> WithDatabaseAsync(Func<IServiceProvider, Task> act)
    {
        await using var app = Build();
        await using var scope = app.Services.CreateAsyncScope();
        var database = scope.ServiceProvider.GetRequiredService<AuthlyDbContext>().Database;
        if (!await database.CanConnectAsync())
            throw new StartupException(
                $"The database ({app.Services.GetRequiredService<ConfiguredDatabase>().Name}) cannot be reached, "
                    + "or has not been made yet: start Authly once.");
        if ((await database.GetPendingMigrationsAsync()).Any())
            throw new StartupException("The database has not been brought up to this version yet: start this version of Authly once.");
        await act(scope.ServiceProvider);
        return 0;
    }
}

/// <summary>The program's way in and out.</summary>
internal static class CommandLine
{
    private static readonly Dictionary<string, Func<CommandContext, Task<int>>> Commands = new(StringComparer.Ordinal)
    {
        [AuditCommand.Name] = AuditCommand.RunAsync,
        [HealthCommand.Name] = HealthCommand.RunAsync,
        [KeysCommand.Name] = KeysCommand.RunAsync,
        [SecretCommand.Name] = SecretCommand.RunAsync,
    };

    /// <summary>
    /// Runs the application, or the command that it was given. What cannot go on ends with exit code 1 and a line for each fault instead of
    /// a stack trace.
    /// </summary>
    public static async Task<int> RunOrExplainAsync(string[] args, Func<WebApplicationBuilder, WebApplication> build)
    {
        var (command, settings) = Command.Parse(args, name => name == AuditCommand.Name ? AuditCommand.Options : []);
        IHostApplicationLifetime? lifetime = null;
        try
        {
            if (command is not null)
                return await RunAsync(command, settings, build);
            await using var app = build(CreateBuilder(settings));
            lifetime = app.Lifetime;
            await RunAsync(app);
            return 0;
        }
        catch (OperationCanceledException) when (IsTrue(lifetime?.ApplicationStopping))
        {
            // Asked to stop while it waited for the database: nothing is wrong.
            return 0;
        }
        catch (Exception exception) when (exception is not HostAbortedException && !IsTrue(lifetime?.ApplicationStarted))
        {
            return Explain(command, StartFaults.Of(exception));
        }
    }

    private static async Task RunAsync(WebApplication app)
    {
        try
        {
            await app.StartAsync();
        }
        catch
        {
            // What has been started already is told to stop: the platform would say of each that it was cancelled.
            await app.StopAsync();
            throw;
        }

        await app.WaitForShutdownAsync();
    }

    private static Task<int> RunAsync(Command command, string[] settings, Func<WebApplicationBuilder, WebApplication> build)
    {
        if (!Commands.TryGetValue(command.Name, out var run))
            throw new StartupException($"There is no such command. There are: {string.Join(", ", Commands.Keys)}.");
        var builder = CreateBuilder(settings);
        // What a command has to say is its output.
        builder.Configuration["Logging:Console:LogLevel:Default"] = nameof(LogLevel.None);
        return run(new CommandContext(builder, () => build(builder), command));
    }

    /// <summary>
    /// A builder for the program where it lies: <c>appsettings.json</c> and static files are found in its folder whatever the current
    /// folder is. Paths in settings are relative to the current folder, as everywhere.
    /// </summary>
    private static WebApplicationBuilder CreateBuilder(string[] args)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        // What a build leaves beside the program; nothing where it was published, whose wwwroot has the files.
        builder.WebHost.UseStaticWebAssets();
        return builder;
    }

    private static bool IsTrue(CancellationToken? token) => token is { IsCancellationRequested: true };

    private static int Explain(Command? command, IReadOnlyList<string> reasons)
    {
        if (command is not null)
        {
            foreach (var reason in reasons)
                Console.Error.WriteLine($"authly {command.Name}: {reason}");
            return 1;
        }

        Console.Error.WriteLine("Authly cannot start:");
        foreach (var reason in reasons)
            Console.Error.WriteLine($"  - {reason}");
        Console.Error.WriteLine("Every setting is described in docs/configuration.md.");
        return 1;
    }
}
