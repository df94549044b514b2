using Authly.Infrastructure.Administration;
using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Hosting;
using Authly.Infrastructure.Protocol;
using FluentValidation;
using MediatR;

namespace Authly.Features.Clients;

/// <summary>
/// Gives a client a new secret, which is told once. The one before stays good beside it for a while, so that no request fails while the
/// client's own instances change.
/// </summary>
internal static class RotateClientSecret
{
    /// <param name="Version">The client's, as it was read; null for whatever it is by now.</param>
    public sealed record Command(string ClientId, TimeSpan Grace, string? Version = null) : IRequest<Response>;

    public sealed record Response(string ClientId, string ClientSecret, DateTime PreviousUntil);

    public sealed class Verb : IVerb
    {
        public static VerbDeclaration Declaration { get; } = new("client rotate-secret", "Make a new secret; it is told this once.");

        public static void Define(VerbBuilder verb)
        {
            var id = verb.Argument("client-id", "Which one.");
            var grace = verb.Option(
                "--grace", "For how long the secret before stays good, as in 1.00:00:00; 0 where it has leaked.", TimeSpan.FromDays(1));
            verb.Sends(input => new Command(input.GetValue(id)!, input.GetValue(grace)), (made, output) => output.Write(made, () =>
            [
                ["CLIENT ID", "CLIENT SECRET", "THE ONE BEFORE IS GOOD UNTIL"],
                [made.ClientId, made.ClientSecret, TextTable.Spell(made.PreviousUntil)],
            ]));
        }
    }

    public sealed class Operation : IAdminOperation
    {
        /// <param name="GraceSeconds">For how long the secret before stays good; a day unless it is given.</param>
        private sealed record Input(int? GraceSeconds = null);

        public static void Map(AdminRoutes routes) => routes.Map<Response>(
            new(HttpMethods.Post, $"{ClientPaths.One}/rotate-secret", AdminScopes.ClientsWrite, "Make a new secret; it is told this once"),
            (string client_id, Input? input) => new Command(client_id, input?.GraceSeconds is { } seconds
                ? TimeSpan.FromSeconds(seconds) : TimeSpan.FromDays(1)));
    }

    public sealed class Validator : AbstractValidator<Command>
    {
        private static readonly TimeSpan Most = TimeSpan.FromDays(30);

        public Validator() => RuleFor(command => command.Grace).InclusiveBetween(TimeSpan.Zero, Most)
            .WithMessage($"The grace is 0 to {Most.Days} days.");
    }

    public sealed class Handler(ClientRegistrar registrar) : IRequestHandler<Command, Response>
    {
        public async Task<Response> Handle(Command command, CancellationToken cancellationToken)
        {
            var (secret, until) = await registrar.RotateSecretAsync(
                command.ClientId, command.Grace, command.Version, cancellationToken);
            return new Response(command.ClientId, secret, until);
        }
    }
}
