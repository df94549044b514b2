using Authly.Infrastructure.Administration;
using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Hosting;
using Authly.Infrastructure.Protocol;
using MediatR;

namespace Authly.Features.ClientScopes;

/// <summary>One registered scope.</summary>
internal static class GetScope
{
    public sealed record Query(string Name) : IRequest<Response>;

    /// <param name="Version">Another one after each change.</param>
    public sealed record Response(ScopeMetadata Scope, string Version);

    public sealed class Verb : IVerb
    {
        public static VerbDeclaration Declaration { get; } = new("scope show", "Show a scope.");

        public static void Define(VerbBuilder verb)
        {
            var name = verb.Argument("name", "Which one.");
            verb.Sends(input => new Query(input.GetValue(name)!), (read, output) => output.Write(read.Scope, () =>
            [
                ["MEMBER", "VALUE"], ["name", read.Scope.Name], ["description", read.Scope.Description ?? "-"],
                ["resources", TextTable.Spell(read.Scope.Resources)], ["claims", TextTable.Spell(read.Scope.Claims)],
            ]));
        }
    }

    public sealed class Operation : IAdminOperation
    {
        public static void Map(AdminRoutes routes) => routes.Map<Response, ScopeMetadata>(
            new(HttpMethods.Get, ScopePaths.One, AdminScopes.ScopesRead, "Read a scope"),
            (string name) => new Query(name), read => new AdminAnswer(read.Scope, read.Version));
    }

    public sealed class Handler(ScopeRegistrar registrar) : IRequestHandler<Query, Response>
    {
        public async Task<Response> Handle(Query query, CancellationToken cancellationToken)
        {
            var (scope, version) = await registrar.ReadAsync(query.Name, cancellationToken);
            return new Response(scope, version);
        }
    }
}
