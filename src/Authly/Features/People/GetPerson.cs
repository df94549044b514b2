using System.Text.Json;
using System.Text.Json.Nodes;
using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.Administration;
using Authly.Infrastructure.Hosting;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Authly.Features.People;

/// <summary>One account with its groups and claims; nothing of its password.</summary>
internal static class GetPerson
{
    public sealed record Query(string Username) : IRequest<Response>;

    public sealed record Person(Guid Sub, string Username, IReadOnlyList<string> Groups, JsonObject Claims, bool Administrator,
        bool Disabled, bool MustChangePassword, DateTime CreatedAt, DateTime UpdatedAt);

    /// <param name="Version">Another one after each change.</param>
    public sealed record Response(Person Person, string Version);

    public sealed class Verb : IVerb
    {
        public static VerbDeclaration Declaration { get; } = new("user show", "Show an account.");

        public static void Define(VerbBuilder verb)
        {
            var name = verb.Argument("username", "Whose.");
            verb.Sends(input => new Query(input.GetValue(name)!),
                (read, output) => output.Write(read.Person, () => Table(read.Person)));
        }

        private static IReadOnlyList<string[]> Table(Person person) =>
        [
            ["MEMBER", "VALUE"], ["username", person.Username], ["sub", person.Sub.ToString()],
            ["groups", TextTable.Spell(person.Groups)], ["claims", person.Claims.ToJsonString()],
            ["administrator", person.Administrator ? "yes" : "no"], ["disabled", person.Disabled ? "yes" : "no"],
            ["must_change_password", person.MustChangePassword ? "yes" : "no"],
            ["created_at", TextTable.Spell(person.CreatedAt)], ["updated_at", TextTable.Spell(person.UpdatedAt)],
        ];
    }

    public sealed class Operation : IAdminOperation
    {
        public static void Map(AdminRoutes routes) => routes.Map<Response, Person>(
            new(HttpMethods.Get, PersonPaths.One, AdminScopes.PeopleRead, "Read an account, without its password"),
            (string username) => new Query(username), read => new AdminAnswer(read.Person, read.Version));
    }

    public sealed class Handler(AuthlyDbContext context) : IRequestHandler<Query, Response>
    {
        public async Task<Response> Handle(Query query, CancellationToken cancellationToken)
        {
            var user = await UserAccounts.FindAsync(context.Users.AsNoTracking(), query.Username, cancellationToken);
            return new Response(
                new Person(user.Id, user.Username, JsonSerializer.Deserialize<string[]>(user.Groups)!,
                    JsonNode.Parse(user.Claims)!.AsObject(), user.IsAdministrator, user.IsDisabled, user.PasswordIsOneTime, user.CreatedAt,
                    user.UpdatedAt),
                user.Version);
        }
    }
}
