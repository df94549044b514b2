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
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Features.Grants;

/// <summary>
/// What people have granted clients and is still valid, the newest first: each is the root of a family of tokens, and whose a token is can
/// be asked by its id.
/// </summary>
internal static class ListGrants
{
    /// <param name="TokenId">A token's id: the <c>jti</c> of a JWT.</param>
    /// <param name="Before">The id of a grant: older ones only.</param>
    public sealed record Query(string? Username, string? ClientId, Guid? TokenId, Guid? Before, int Limit) : IRequest<Response>;

    public sealed record Grant(
        Guid Id, string ClientId, string? Sub, string? Username, IReadOnlyList<string> Scopes, DateTime? GrantedAt, int Tokens);

    /// <param name="Next">Where the next page begins; null at the end.</param>
    public sealed record Response(IReadOnlyList<Grant> Grants, Guid? Next);

    public sealed class Verb : IVerb
    {
        public static VerbDeclaration Declaration { get; } = new("grant list", "List what people have granted clients, the newest first.");

        public static void Define(VerbBuilder verb)
        {
            var user = verb.Option<string?>("--user", "Of one person.");
            var client = verb.Option<string?>("--client", "Of one client.");
            var token = verb.Option<Guid?>("--token-id", "The one that a token came of, by its jti.");
            var before = verb.Option<Guid?>("--after", "Those after this id: the next page.");
            var limit = verb.Option("--limit", "How many at most.", 50);
            verb.Sends(input => new Query(input.GetValue(user), input.GetValue(client), input.GetValue(token), input.GetValue(before),
                input.GetValue(limit)), (page, output) => output.Write(page, () =>
            [
                ["GRANT", "CLIENT", "USERNAME", "SCOPES", "GRANTED", "VALID TOKENS"],
                .. page.Grants.Select(grant => new[]
                {
                    grant.Id.ToString(), grant.ClientId, grant.Username ?? "-", string.Join(' ', grant.Scopes),
                    grant.GrantedAt is { } at ? TextTable.Spell(at) : "-", $"{grant.Tokens}",
                }),
            ], page.Next?.ToString()));
        }
    }

    public sealed class Operation : IAdminOperation
    {
        public static void Map(AdminRoutes routes) => routes.Map<Response>(
            new(HttpMethods.Get, "/admin/grants", AdminScopes.GrantsRead, "List what people have granted clients, the newest first"),
            (string? username, string? client_id, Guid? token_id, Guid? after, int? limit) =>
                new Query(username, client_id, token_id, after, limit ?? PageSize.Usual));
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
            var grants = context.Authorizations.AsNoTracking().Where(grant => grant.Status == Statuses.Valid);
            if (query.Username is { } name)
            {
                var subject = (await UserAccounts.FindAsync(context.Users.AsNoTracking(), name, cancellationToken)).Id.ToString();
                grants = grants.Where(grant => grant.Subject == subject);
            }

            if (query.ClientId is { } clientId)
                grants = grants.Where(grant => grant.Application!.ClientId == clientId);
            if (query.TokenId is { } tokenId)
                grants = grants.Where(grant => grant.Tokens.Any(token => token.Id == tokenId));
            if (query.Before is { } before)
                grants = grants.Where(grant => grant.Id < before);
            // By their ids, which are ordered by time (UUIDv7).
            var page = await grants.OrderByDescending(grant => grant.Id).Take(query.Limit + 1).Select(grant => new
            {
                grant.Id,
                grant.Application!.ClientId,
                grant.Subject,
                grant.Scopes,
                grant.CreationDate,
                Tokens = grant.Tokens.Count(token => token.Status == Statuses.Valid && token.ExpirationDate > now),
            }).ToListAsync(cancellationToken);
            var people = page.Select(grant => Subjects.UserOf(grant.Subject)).OfType<Guid>().Distinct().ToArray();
            var names = await context.Users.AsNoTracking().Where(user => people.Contains(user.Id))
                .ToDictionaryAsync(user => user.Id, user => user.Username, cancellationToken);
            Grant[] told =
            [
                .. page.Take(query.Limit).Select(grant => new Grant(grant.Id, grant.ClientId!, grant.Subject,
                    Subjects.UserOf(grant.Subject) is { } id ? names.GetValueOrDefault(id) : null,
                    grant.Scopes is { Length: > 0 } json ? JsonSerializer.Deserialize<string[]>(json)! : [],
                    grant.CreationDate, grant.Tokens)),
            ];
            return new Response(told, page.Count > query.Limit ? told[^1].Id : null);
        }
    }
}
