using System.Text.Json;
using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.Administration;
using Authly.Infrastructure.Hosting;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Authly.Features.People;

/// <summary>The accounts by their usernames, a page at a time.</summary>
internal static class ListPeople
{
    public sealed record Query(string? Search, string? After, int Limit) : IRequest<Response>;

    public sealed record Person(
        Guid Sub, string Username, IReadOnlyList<string> Groups, bool Administrator, bool Disabled, DateTime CreatedAt);

    /// <param name="Next">Where the next page begins; null at the end.</param>
    public sealed record Response(IReadOnlyList<Person> People, string? Next);

    public sealed class Verb : IVerb
    {
        public static VerbDeclaration Declaration { get; } = new("user list", "List the accounts.");

        public static void Define(VerbBuilder verb)
        {
            var search = verb.Option<string?>("--search", "Those whose username begins so, or the one of this subject.");
            var after = verb.Option<string?>("--after", "Those after this username: the next page.");
            var limit = verb.Option("--limit", "How many at most.", 50);
            verb.Sends(input => new Query(input.GetValue(search), input.GetValue(after), input.GetValue(limit)),
                (page, output) => output.Write(page, () =>
                [
                    ["USERNAME", "SUB", "STATE", "ADMINISTRATOR", "GROUPS", "CREATED"],
                    .. page.People.Select(person => new[]
                    {
                        person.Username, person.Sub.ToString(), person.Disabled ? "disabled" : "active",
                        person.Administrator ? "yes" : "no", person.Groups.Count > 0 ? string.Join(' ', person.Groups) : "-",
                        TextTable.Spell(person.CreatedAt),
                    }),
                ], page.Next));
        }
    }

    public sealed class Operation : IAdminOperation
    {
        public static void Map(AdminRoutes routes) => routes.Map<Response>(
            new(HttpMethods.Get, PersonPaths.All, AdminScopes.PeopleRead, "List the accounts, a page at a time"),
            (string? search, string? after, int? limit) => new Query(search, after, limit ?? PageSize.Usual));
    }

    public sealed class Validator : AbstractValidator<Query>
    {
        public Validator()
        {
            RuleFor(query => query.Limit).IsPageSize();
            RuleFor(query => query.Search).MaximumLength(256);
        }
    }

    public sealed class Handler(AuthlyDbContext context) : IRequestHandler<Query, Response>
    {
        public async Task<Response> Handle(Query query, CancellationToken cancellationToken)
        {
            var users = context.Users.AsNoTracking();
            if (Guid.TryParse(query.Search, out var sub))
                users = users.Where(user => user.Id == sub);
            else if (query.Search is { Length: > 0 } text && UserAccounts.Normalize(text) is var prefix)
                users = users.Where(user => user.NormalizedUsername.StartsWith(prefix));
            if (query.After is { Length: > 0 } last && UserAccounts.Normalize(last) is var after)
                users = users.Where(user => string.Compare(user.NormalizedUsername, after) > 0);
            var page = await users.OrderBy(user => user.NormalizedUsername).Take(query.Limit + 1).ToListAsync(cancellationToken);
            Person[] told =
            [
                .. page.Take(query.Limit).Select(user => new Person(user.Id, user.Username,
                    JsonSerializer.Deserialize<string[]>(user.Groups)!, user.IsAdministrator, user.IsDisabled, user.CreatedAt)),
            ];
            return new Response(told, page.Count > query.Limit ? told[^1].Username : null);
        }
    }
}
