using Authly.Infrastructure.Administration;
using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Hosting;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using MediatR;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;

namespace Authly.Features.Clients;

/// <summary>One client's metadata, in the names of RFC 7591 §2; nothing that its secret could be read from.</summary>
internal static class GetClient
{
    public sealed record Query(string ClientId) : IRequest<Response>;

    /// <param name="Version">Another one after each change.</param>
    public sealed record Response(ClientMetadata Client, string Version);

    public sealed class Verb : IVerb
    {
        public static VerbDeclaration Declaration { get; } = new("client show", "Show a client's registration.");

        public static void Define(VerbBuilder verb)
        {
            var id = verb.Argument("client-id", "Which one.");
            verb.Sends(input => new Query(input.GetValue(id)!), (read, output) => output.Write(read.Client, () => Table(read.Client)));
        }

        private static IReadOnlyList<string[]> Table(ClientMetadata client) =>
        [
            ["MEMBER", "VALUE"], ["client_id", client.ClientId], ["client_name", client.ClientName ?? "-"],
            ["token_endpoint_auth_method", client.TokenEndpointAuthMethod ?? "client_secret_basic or client_secret_post"],
            ["grant_types", string.Join(' ', client.GrantTypes)],
            ["redirect_uris", string.Join(' ', client.RedirectUris)],
            ["post_logout_redirect_uris", string.Join(' ', client.PostLogoutRedirectUris)], ["scope", client.Scope ?? "-"],
            ["disabled", client.Disabled ? "yes" : "no"],
        ];
    }

    public sealed class Operation : IAdminOperation
    {
        public static void Map(AdminRoutes routes) => routes.Map<Response, ClientMetadata>(
            new(HttpMethods.Get, ClientPaths.One, AdminScopes.ClientsRead, "Read a client's registration, without its secret"),
            (string client_id) => new Query(client_id), read => new AdminAnswer(read.Client, read.Version));
    }

    public sealed class Handler(AuthlyDbContext context, IOpenIddictApplicationManager applications)
        : IRequestHandler<Query, Response>
    {
        public async Task<Response> Handle(Query query, CancellationToken cancellationToken) =>
            await context.Clients.AsNoTracking().SingleOrDefaultAsync(each => each.ClientId == query.ClientId, cancellationToken)
                is { } client ? new Response(await applications.ToMetadataAsync(client, cancellationToken), client.ConcurrencyToken!)
                : throw new RefusedException(Refusal.Missing("client"));
    }
}
