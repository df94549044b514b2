using System.CommandLine;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Hosting.Remote;
using Authly.Infrastructure.Persistence;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Authly.Infrastructure.Hosting;

/// <summary>The program that a command works with: its settings, which nobody has checked; <c>Build</c> checks them.</summary>
internal sealed record CommandHost(WebApplicationBuilder Builder, Func<WebApplication> Build);

/// <summary>Makes a command of what its slice says that it takes and does.</summary>
/// <param name="host">Made only when the command runs: its help needs no settings.</param>
internal sealed class VerbBuilder(Command command, Func<CommandHost> host)
{
    // 128 and SIGINT, as shells have it.
    private const int Interrupted = 130;

    public Argument<string> Argument(string name, string description)
    {
        var argument = new Argument<string>(name) { Description = description };
        command.Arguments.Add(argument);
        return argument;
    }

    public Option<T> Option<T>(string name, string description)
    {
        var option = new Option<T>(name) { Description = description };
        command.Options.Add(option);
        return option;
    }

    public Option<T> Option<T>(string name, string description, T otherwise)
    {
        var option = Option<T>(name, description);
        option.DefaultValueFactory = _ => otherwise;
        return option;
    }

    /// <summary>Sends the slice's request to the database that the settings name.</summary>
    /// <param name="request">Made of what was typed.</param>
    /// <param name="tell">Says what came of it.</param>
    public void Sends<TResponse>(Func<ParseResult, IRequest<TResponse>> request, Action<TResponse, CommandOutput> tell) =>
        Sends(request, (response, _, output) => tell(response, output));

    public void Sends<TResponse>(
        Func<ParseResult, IRequest<TResponse>> request, Action<TResponse, ParseResult, CommandOutput> tell) =>
        Sends((input, _, _) => Task.FromResult(request(input)), tell);

    /// <param name="request">Made of what was typed, and of what is read before.</param>
    /// <param name="tell">Says what came of it.</param>
    public void Sends<TResponse>(
        Func<ParseResult, IMediator, CancellationToken, Task<IRequest<TResponse>>> request,
        Action<TResponse, ParseResult, CommandOutput> tell)
    {
        var format = Option("--output", "How to tell it: a table for people, or json for programs.", OutputFormat.Table);
        Asks(async (mediator, input, cancellationToken) =>
        {
            var response = await mediator.Send(await request(input, mediator, cancellationToken), cancellationToken);
            var output = new CommandOutput(input.GetValue(format));
            tell(response, input, output);
            return output.ExitCode;
        });
    }

    /// <summary>Sends requests to the database that the settings name, or to a server elsewhere.</summary>
    /// <param name="act">Returns the exit code.</param>
    public void Asks(Func<IMediator, ParseResult, CancellationToken, Task<int>> act)
    {
        var server = Option<string?>("--server", "The issuer of a server elsewhere, where authly login has signed in; else AUTHLY_SERVER.");
        Runs((host, input, cancellationToken) => RemoteServer.Of(input.GetValue(server)) is { } remote
            ? act(new RemoteMediator(remote, new TokenFile(TimeProvider.System)), input, cancellationToken)
            : UseDatabaseAsync(host(), services => act(services.GetRequiredService<IMediator>(), input, cancellationToken),
                cancellationToken));
    }

    /// <param name="act">Returns the exit code.</param>
    public void Runs(Func<Func<CommandHost>, ParseResult, CancellationToken, Task<int>> act) =>
        // Reading the standard input cannot be cancelled: on another thread it does not keep a signal from ending the program.
        command.SetAction(async (input, cancellationToken) =>
        {
            try
            {
                return await Task.Run(() => act(host, input, cancellationToken), cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return Interrupted;
            }
        });

    public void Runs(Func<Func<CommandHost>, ParseResult, CancellationToken, Task> act) => Runs(async (program, input, cancellationToken) =>
    {
        await act(program, input, cancellationToken);
        return 0;
    });

    /// <summary>Does something with the database, which must be of this version.</summary>
    private static async Task<int> UseDatabaseAsync(
        CommandHost program, Func<IServiceProvider, Task<int>> act, CancellationToken cancellationToken)
    {
        await using var app = program.Build();
        await using var scope = app.Services.CreateAsyncScope();
        var database = scope.ServiceProvider.GetRequiredService<AuthlyDbContext>().Database;
        database.WaitAsBackground();
        if (!await database.CanConnectAsync(cancellationToken))
            throw new StartupException(
                $"The database ({app.Services.GetRequiredService<ConfiguredDatabase>().Name}) cannot be reached, "
                    + "or has not been made yet: authly migrate makes it.");
        if ((await database.GetPendingMigrationsAsync(cancellationToken)).Any())
            throw new StartupException("The database has not been brought up to this version yet: authly migrate does.");
        return await act(scope.ServiceProvider);
    }
}
