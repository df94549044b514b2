using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Protocol;
using Microsoft.Extensions.Options;

namespace Authly.Infrastructure.Hosting;

/// <summary>The program's way in and out.</summary>
internal static class CommandLine
{
    /// <summary>
    /// Runs the application, or the command of its own that it was given; what cannot go on ends with exit code 1 and a few readable lines
    /// instead of a stack trace.
    /// </summary>
    public static async Task<int> RunOrExplainAsync(string[] args, Func<WebApplicationBuilder, WebApplication> build,
        Dictionary<string, Func<IServiceProvider, Command, Task<int>>> commands)
    {
        var (command, settings) = Command.Parse(args);
        try
        {
            var builder = WebApplication.CreateBuilder(settings);
            // What a command has to say is its output.
            if (command is not null)
                builder.Configuration["Logging:Console:LogLevel:Default"] = nameof(LogLevel.None);
            await using var app = build(builder);
            if (command is not null)
            {
                return commands.TryGetValue(command.Name, out var run)
                    ? await run(app.Services, command)
                    : throw new StartupException($"There is no such command. There are: {string.Join(", ", commands.Keys)}.");
            }

            await app.RunAsync();
            return 0;
        }
        catch (Exception exception) when (command is not null && exception.IsFromDatabase())
        {
            return Explain(command, $"The database cannot be used: {exception.GetBaseException().Message}");
        }
        catch (OptionsValidationException exception)
        {
            return Explain(command, [.. exception.Failures]);
        }
        catch (StartupException exception)
        {
            return Explain(command, exception.Message);
        }
        catch (InvalidOperationException exception) when (
            exception.Message.StartsWith("'ErrorOnUnknownConfiguration'", StringComparison.Ordinal)
            || exception.Message.StartsWith("Failed to convert configuration value", StringComparison.Ordinal))
        {
            return Explain(command, exception.Message);
        }
        catch (ArgumentException exception) when (exception.Source == "Npgsql")
        {
            return Explain(command, $"ConnectionStrings:Authly cannot be read: {exception.Message}");
        }
        catch (IOException exception) when (exception.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            return Explain(command,
                $"{exception.Message} Another program listens there: choose another port, as in --urls http://localhost:5056");
        }
    }

    private static int Explain(Command? command, params string[] reasons)
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
