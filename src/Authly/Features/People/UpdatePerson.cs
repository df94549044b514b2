using System.Text.Json;
using System.Text.Json.Nodes;
using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.Administration;
using Authly.Infrastructure.Hosting;
using Authly.Infrastructure.Protocol;
using FluentValidation;
using MediatR;

namespace Authly.Features.People;

/// <summary>Changes what an account is: its groups, its claims, and whether it administers this server. What is not given stays.</summary>
internal static class UpdatePerson
{
    /// <param name="Groups">All that they are in; null leaves them.</param>
    /// <param name="Claims">Those that change; null in the place of a value takes a claim away.</param>
    /// <param name="Version">The account's, as it was read; null changes whatever it is by now.</param>
    public sealed record Command(string Username, bool? IsAdministrator, IReadOnlyList<string>? Groups,
        IReadOnlyDictionary<string, JsonNode?> Claims, string? Version = null) : IRequest<Response>;

    public sealed record Response(string Username);

    public sealed class Verb : IVerb
    {
        public static VerbDeclaration Declaration { get; } = new("user update", "Change an account; what is not given stays.");

        public static void Define(VerbBuilder verb)
        {
            var name = verb.Argument("username", "Whose.");
            var administrator = verb.Option<bool?>("--administrator", "Whether they administer this server.");
            var groups = verb.Option<string[]>("--group", "A group that they are in, in the place of all others; repeatable.");
            var none = verb.Option<bool>("--no-groups", "They are in none.");
            var claims = verb.Option<string[]>("--claim", "name=value, the value as JSON or text; without a value it is gone; repeatable.");
            verb.Sends(input => new Command(input.GetValue(name)!, input.GetValue(administrator),
                input.GetValue(none) ? [] : input.GetValue(groups) is { Length: > 0 } given ? given : null,
                ClaimsOf(input.GetValue(claims) ?? [])), (changed, output) => output.Say(changed, $"Changed {changed.Username}."));
        }

        private static Dictionary<string, JsonNode?> ClaimsOf(string[] typed) => typed.Select(text => text.Split('=', 2))
            .GroupBy(parts => parts[0]).ToDictionary(group => group.Key, group => ValueOf(group.Last()), StringComparer.Ordinal);

        private static JsonNode? ValueOf(string[] parts)
        {
            if (parts is not [_, { Length: > 0 } text])
                return null;
            try
            {
                return JsonNode.Parse(text);
            }
            catch (JsonException)
            {
                return text;
            }
        }
    }

    public sealed class Operation : IAdminOperation
    {
        private sealed record Input(
            bool? Administrator = null, IReadOnlyList<string>? Groups = null, Dictionary<string, JsonNode?>? Claims = null);

        public static void Map(AdminRoutes routes) => routes.Map<Response>(
            new(HttpMethods.Patch, PersonPaths.One, AdminScopes.PeopleWrite, "Change an account; what is not given stays"),
            (string username, Input changes, AdminVersion version) => new Command(
                username, changes.Administrator, changes.Groups, changes.Claims ?? [], version.Required));
    }

    public sealed class Validator : AbstractValidator<Command>
    {
        public Validator()
        {
            RuleForEach(command => command.Groups).IsGroup();
            RuleForEach(command => command.Claims).Custom((claim, context) =>
            {
                if (claim.Value is not null && PersonClaims.FaultOf(claim.Key, claim.Value) is { } fault)
                    context.AddFailure($"{claim.Key} {fault}.");
            });
        }
    }

    public sealed class Handler(Registrar registrar) : IRequestHandler<Command, Response>
    {
        public async Task<Response> Handle(Command command, CancellationToken cancellationToken)
        {
            await registrar.UpdateAsync(command.Username, command.Version, user =>
            {
                user.IsAdministrator = command.IsAdministrator ?? user.IsAdministrator;
                if (command.Groups is not null)
                    user.Groups = JsonSerializer.Serialize(command.Groups.Distinct());
                var claims = JsonNode.Parse(user.Claims)!.AsObject();
                foreach (var (name, value) in command.Claims)
                {
                    claims.Remove(name);
                    if (value is not null)
                        claims[name] = value.DeepClone();
                }

                user.Claims = claims.ToJsonString();
            }, cancellationToken);
            return new Response(command.Username);
        }
    }
}
