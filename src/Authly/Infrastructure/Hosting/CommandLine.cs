using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Authly.Infrastructure.Protocol;

namespace Authly.Infrastructure.Hosting;

/// <summary>The program's way in and out.</summary>
internal static class CommandLine
{
    private const string Serve = "serve";

    /// <summary>
    /// Runs the server, or the command that it was given. What cannot go on ends with exit code 1 and a line for each fault instead of a
    /// stack trace.
    /// </summary>
    public static Task<int> RunOrExplainAsync(string[] args, Func<WebApplicationBuilder, WebApplication> build) => args switch
    {
        [Serve, .. var settings] => ServeAsync(settings, build),
        [.. var noun, "help"] when noun.Length < 2 => RunCommandAsync([.. noun, "--help"], build),
        [var first, ..] when IsOfACommand(first) => RunCommandAsync(args, build),
        _ => ServeAsync(args, build),
    };

    /// <summary>Words in small letters are; all else are settings of the server. Shells complete by <c>[suggest]</c>.</summary>
    private static bool IsOfACommand(string first) => first is "--help" or "-h" or "--version" || first.StartsWith('[')
        || (first.Length > 0 && first[0] != '-' && first.All(letter => char.IsAsciiLetterLower(letter) || letter == '-'));

    private static async Task<int> ServeAsync(string[] settings, Func<WebApplicationBuilder, WebApplication> build)
    {
        IHostApplicationLifetime? lifetime = null;
        try
        {
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
            Console.Error.WriteLine("Authly cannot start:");
            foreach (var reason in StartFaults.Of(exception))
                Console.Error.WriteLine($"  - {reason}");
            Console.Error.WriteLine("Every setting is described in docs/configuration.md.");
            return 1;
        }
    }

    private static async Task<int> RunCommandAsync(string[] args, Func<WebApplicationBuilder, WebApplication> build)
    {
        var (words, settings) = CommandSettings.Split(args);
        var root = Verbs.Declare(() =>
        {
            var builder = CreateBuilder(settings);
            // What a command has to say is its output.
            builder.Configuration["Logging:Console:LogLevel:Default"] = nameof(LogLevel.None);
            return new CommandHost(builder, () => build(builder));
        });
        var input = root.Parse(words);
        if (input is { UnmatchedTokens.Count: 0, CommandResult.Command.Subcommands.Count: > 0, Action: null or ParseErrorAction })
            input = root.Parse([.. words, "--help"]);
        if (FaultsOf(input) is { Count: > 0 } faults)
            return Explain(input, faults);
        try
        {
            return await input.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (RefusedException refused)
        {
            return Explain(input, [refused.Refusal.Description]);
        }
        catch (Exception exception) when (exception is not HostAbortedException)
        {
            return Explain(input, StartFaults.Of(exception));
        }
    }

    private static IReadOnlyList<string> FaultsOf(ParseResult input) =>
        // A shell that asks for completions has what is typed so far as one word.
        input.Tokens is [{ Type: TokenType.Directive }, ..] ? []
        : input.UnmatchedTokens.Count > 0
            ? [.. input.UnmatchedTokens.Select(word => $"There is no '{word}' here; --help tells what there is.")]
        : [.. input.Errors.Select(error => StartFaults.OneLine(error.Message))];

    private static int Explain(ParseResult input, IReadOnlyList<string> reasons)
    {
        List<string> names = [];
        for (var command = input.CommandResult; command.Parent is CommandResult parent; command = parent)
            names.Insert(0, command.Command.Name);
        var name = string.Join(' ', ["authly", .. names]);
        foreach (var reason in reasons)
            Console.Error.WriteLine($"{name}: {TextTable.Printable(reason)}");
        return 1;
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
}
