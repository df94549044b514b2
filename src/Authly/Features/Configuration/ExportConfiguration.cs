using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Authly.Infrastructure.Administration;
using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Hosting;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using Authly.Infrastructure.Seeding;
using MediatR;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;

namespace Authly.Features.Configuration;

/// <summary>All clients and scopes as a file that makes them so; no secret, which a file that is applied then leaves as it is.</summary>
internal static class ExportConfiguration
{
    public sealed record Query : IRequest<JsonObject>;

    public sealed class Verb : IVerb
    {
        private static readonly JsonSerializerOptions Indented =
            new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

        public static VerbDeclaration Declaration { get; } =
            new("export", "Write all clients and scopes as a file that apply takes: YAML, or JSON with --output json.");

        public static void Define(VerbBuilder verb) =>
            verb.Sends(_ => new Query(), (file, _, output) =>
                Console.Out.Write(output.IsJson ? file.ToJsonString(Indented) + "\n" : Yaml.Write(file)));
    }

    public sealed class Operation : IAdminOperation
    {
        public static void Map(AdminRoutes routes) => routes.Map<JsonObject>(
            new(HttpMethods.Get, "/admin/configuration", AdminScopes.ClientsRead, "Read all clients and scopes as a file that apply takes"),
            () => new Query());
    }

    public sealed class Handler(
        AuthlyDbContext context, IOpenIddictApplicationManager applications, IOpenIddictScopeManager scopes, Actor actor)
        : IRequestHandler<Query, JsonObject>
    {
        public async Task<JsonObject> Handle(Query query, CancellationToken cancellationToken)
        {
            actor.RequireAll([AdminScopes.ClientsRead, AdminScopes.ScopesRead]);
            context.Database.SetCommandTimeout(DatabaseTimeouts.Background);
            JsonArray told = [];
            foreach (var scope in await context.Scopes.AsNoTracking().OrderBy(each => each.Name).ToListAsync(cancellationToken))
            {
                var descriptor = new OpenIddictScopeDescriptor();
                await scopes.PopulateAsync(descriptor, scope, cancellationToken);
                told.Add(Named("name", scope.Name!, Difference.Of(ScopeMetadata.From(descriptor))));
            }

            JsonArray clients = [];
            foreach (var client in await context.Clients.AsNoTracking().OrderBy(each => each.ClientId).ToListAsync(cancellationToken))
            {
                var metadata = await applications.ToMetadataAsync(client, cancellationToken);
                clients.Add(Named("client_id", client.ClientId!, Difference.Of(metadata)));
            }

            return new JsonObject { ["scopes"] = told, ["clients"] = clients };
        }

        // First: what a reader looks for.
        private static JsonObject Named(string member, string name, JsonObject members)
        {
            members.Insert(0, member, name);
            return members;
        }
    }
}
