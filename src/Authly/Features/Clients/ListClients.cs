using Authly.Infrastructure.Administration;
using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Hosting;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;

namespace Authly.Features.Clients;

/// <summary>The registered clients by their ids, a page at a time: each page begins after the last id of the one before.</summary>
internal static class ListClients
{
    public sealed record Query(string? Search, string? After, int Limit) : IRequest<Response>;

    /// <param name="Next">Where the next page begins; null at the end.</param>
    public sealed record Response(IReadOnlyList<ClientMetadata> Clients, string? Next);

    public sealed class Verb : IVerb
    {
        public static VerbDeclaration Declaration { get; } = new("client list", "List the clients.");

        public static void Define(VerbBuilder verb)
        {
            var search = verb.Option<string?>("--search", "Those whose id or name holds this text.");
            var after = verb.Option<string?>("--after", "Those after this id: the next page.");
            var limit = verb.Option("--limit", "How many at most.", 50);
            verb.Sends(input => new Query(input.GetValue(search), input.GetValue(after), input.GetValue(limit)),
                (page, output) => output.Write(page, () =>
                [
                    ["CLIENT ID", "NAME", "STATE", "AUTHENTICATION", "GRANTS", "SCOPE"],
                    .. page.Clients.Select(client => new[]
                    {
                        client.ClientId, client.ClientName ?? "-", client.Disabled ? "disabled" : "active",
                        client.TokenEndpointAuthMethod ?? "client_secret", string.Join(' ', client.GrantTypes),
                        client.Scope is { Length: > 0 } scope ? scope : "-",
                    }),
                ], page.Next));
        }
    }

    public sealed class Operation : IAdminOperation
    {
        public static void Map(AdminRoutes routes) => routes.Map<Response>(
            new(HttpMethods.Get, ClientPaths.All, AdminScopes.ClientsRead, "List the clients, a page at a time"),
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

    public sealed class Handler(AuthlyDbContext context, IOpenIddictApplicationManager applications) : IRequestHandler<Query, Response>
    {
        public async Task<Response> Handle(Query query, CancellationToken cancellationToken)
        {
            var clients = context.Clients.AsNoTracking();
            if (query.Search is { Length: > 0 } text)
            {
                var pattern = $"%{text.Replace("\\", "\\\\").Replace("%", "\\%").Replace("_", "\\_")}%";
                var lower = pattern.ToLowerInvariant();
                // As it was typed, too: SQLite knows no small letters but ASCII's.
                clients = clients.Where(each => EF.Functions.Like(each.ClientId!.ToLower(), lower, "\\")
                    || EF.Functions.Like(each.DisplayName!.ToLower(), lower, "\\") || EF.Functions.Like(each.DisplayName!, pattern, "\\"));
            }

            if (query.After is { Length: > 0 } after)
                clients = clients.Where(each => string.Compare(each.ClientId, after) > 0);
            var page = await clients.OrderBy(each => each.ClientId).Take(query.Limit + 1).ToListAsync(cancellationToken);
            List<ClientMetadata> told = [];
            foreach (var client in page.Take(query.Limit))
                told.Add(await applications.ToMetadataAsync(client, cancellationToken));
            return new Response(told, page.Count > query.Limit ? told[^1].ClientId : null);
        }
    }
}
