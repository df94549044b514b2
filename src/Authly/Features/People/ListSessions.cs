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

/// <summary>Who is signed in, the newest session first.</summary>
internal static class ListSessions
{
    /// <param name="Before">The id of a session: older ones only.</param>
    public sealed record Query(string? Username, Guid? Before, int Limit) : IRequest<Response>;

    public sealed record Item(Guid Sid, string Username, Guid Sub, DateTime AuthenticatedAt, DateTime ExpiresAt);

    /// <param name="Next">Where the next page begins; null at the end.</param>
    public sealed record Response(IReadOnlyList<Item> Sessions, Guid? Next);

    public sealed class Verb : IVerb
    {
        public static VerbDeclaration Declaration { get; } = new("session list", "List who is signed in, the newest first.");

        public static void Define(VerbBuilder verb)
        {
            var user = verb.Option<string?>("--user", "Of one person.");
            var before = verb.Option<Guid?>("--after", "Those after this id: the next page.");
            var limit = verb.Option("--limit", "How many at most.", 50);
            verb.Sends(input => new Query(input.GetValue(user), input.GetValue(before), input.GetValue(limit)),
                (page, output) => output.Write(page, () =>
                [
                    ["SESSION", "USERNAME", "SIGNED IN", "ENDS"],
                    .. page.Sessions.Select(session => new[]
                    {
                        session.Sid.ToString(), session.Username, TextTable.Spell(session.AuthenticatedAt),
                        TextTable.Spell(session.ExpiresAt),
                    }),
                ], page.Next?.ToString()));
        }
    }

    public sealed class Operation : IAdminOperation
    {
        public static void Map(AdminRoutes routes) => routes.Map<Response>(
            new(HttpMethods.Get, "/admin/sessions", AdminScopes.GrantsRead, "List who is signed in, the newest first"),
            (string? username, Guid? after, int? limit) => new Query(username, after, limit ?? PageSize.Usual));
    }

    public sealed class Validator : AbstractValidator<Query>
    {
        public Validator() => RuleFor(query => query.Limit).IsPageSize();
    }

    public sealed class Handler(AuthlyDbContext context, TimeProvider time) : IRequestHandler<Query, Response>
    {
        public async Task<Response> Handle(Query query, CancellationToken cancellationToken)
        {
            var now = time.GetUtcNow().UtcDateTime;
            var sessions = context.Sessions.AsNoTracking().Where(session => session.ExpiresAt > now);
            if (query.Username is { } name)
            {
                var userId = (await UserAccounts.FindAsync(context.Users.AsNoTracking(), name, cancellationToken)).Id;
                sessions = sessions.Where(session => session.UserId == userId);
            }

            if (query.Before is { } before)
                sessions = sessions.Where(session => session.Id < before);
            // By their ids, which are ordered by time (UUIDv7).
            var page = await sessions.OrderByDescending(session => session.Id).Take(query.Limit + 1)
                .Join(context.Users, session => session.UserId, user => user.Id, (session, user) =>
                    new Item(session.Id, user.Username, user.Id, session.AuthenticatedAt, session.ExpiresAt))
                .ToListAsync(cancellationToken);
            Item[] told = [.. page.OrderByDescending(session => session.Sid).Take(query.Limit)];
            return new Response(told, page.Count > query.Limit ? told[^1].Sid : null);
        }
    }
}
