using Authly.Infrastructure.Administration;
using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Hosting;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Authly.Features.ClientScopes;

/// <summary>The registered scopes by their names, a page at a time. OpenID Connect's and the administration's exist besides.</summary>
internal static class ListScopes
{
    public sealed record Query(string? After, int Limit) : IRequest<Response>;

    /// <param name="Next">Where the next page begins; null at the end.</param>
    public sealed record Response(IReadOnlyList<ScopeMetadata> Scopes, string? Next);

    public sealed class Verb : IVerb
    {
        public static VerbDeclaration Declaration { get; } = new("scope list", "List the scopes that are registered.");

        public static void Define(VerbBuilder verb)
        {
            var after = verb.Option<string?>("--after", "Those after this name: the next page.");
            var limit = verb.Option("--limit", "How many at most.", PageSize.Usual);
            verb.Sends(input => new Query(input.GetValue(after), input.GetValue(limit)), (page, output) => output.Write(page, () =>
            [
                ["NAME", "DESCRIPTION", "RESOURCES", "CLAIMS"],
                .. page.Scopes.Select(scope => new[]
                {
                    scope.Name, scope.Description ?? "-", TextTable.Spell(scope.Resources), TextTable.Spell(scope.Claims),
                }),
            ], page.Next));
        }
    }

    public sealed class Operation : IAdminOperation
    {
        public static void Map(AdminRoutes routes) => routes.Map<Response>(
            new(HttpMethods.Get, ScopePaths.All, AdminScopes.ScopesRead, "List the scopes, a page at a time"),
            (string? after, int? limit) => new Query(after, limit ?? PageSize.Usual));
    }

    public sealed class Validator : AbstractValidator<Query>
    {
        public Validator() => RuleFor(query => query.Limit).IsPageSize();
    }

    public sealed class Handler(AuthlyDbContext context) : IRequestHandler<Query, Response>
    {
        public async Task<Response> Handle(Query query, CancellationToken cancellationToken)
        {
            var scopes = context.Scopes.AsNoTracking();
            if (query.After is { Length: > 0 } after)
                scopes = scopes.Where(each => string.Compare(each.Name, after) > 0);
            var page = await scopes.OrderBy(each => each.Name).Take(query.Limit + 1).ToListAsync(cancellationToken);
            ScopeMetadata[] told =
            [
                .. page.Take(query.Limit).Select(scope => new ScopeMetadata
                {
                    Name = scope.Name!,
                    Description = scope.Description,
                    Resources = ScopeMetadata.ResourcesOf(scope),
                    Claims = ScopeMetadata.ClaimsOf(scope),
                }),
            ];
            return new Response(told, page.Count > query.Limit ? told[^1].Name : null);
        }
    }
}
