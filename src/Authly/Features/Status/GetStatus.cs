using System.Reflection;
using Authly.Infrastructure.Administration;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Hosting;
using Authly.Infrastructure.Keys;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Authly.Features.Status;

/// <summary>What this server is and holds: its version, issuer and database, how much there is of what, and its signing keys.</summary>
internal static class GetStatus
{
    public sealed record Query : IRequest<Response>;

    /// <param name="Sessions">Those that have not ended.</param>
    /// <param name="Drift">How many clients and scopes are not what the file that was applied last made them.</param>
    public sealed record Response(string Version, string Issuer, string Database, long Clients, long Scopes, long People, long Sessions,
        long Drift, IReadOnlyList<ListedKey> Keys);

    public sealed class Verb : IVerb
    {
        public static VerbDeclaration Declaration { get; } = new("status", "Tell what this server is, and how much there is of what.");

        public static void Define(VerbBuilder verb) => verb.Sends(_ => new Query(), (status, output) => output.Write(status, () =>
        [
            ["WHAT", "IS"], ["version", status.Version], ["issuer", status.Issuer], ["database", status.Database],
            ["clients", $"{status.Clients}"], ["scopes", $"{status.Scopes}"], ["people", $"{status.People}"],
            ["sessions", $"{status.Sessions}"], ["not as the applied file says", $"{status.Drift}"],
            .. status.Keys.Select(key => new[]
            {
                $"key {key.Kid}", $"{key.Alg}, {key.State}, signs until {TextTable.Spell(key.SignsUntil)}",
            }),
        ]));
    }

    public sealed class Operation : IAdminOperation
    {
        public static void Map(AdminRoutes routes) => routes.Map<Response>(
            new(HttpMethods.Get, "/admin/status", AdminScopes.StatusRead, "Tell what this server is, and how much there is of what"),
            () => new Query());
    }

    public sealed class Handler(AuthlyDbContext context, SigningKeyStore keys, ConfiguredDatabase database, AuthlyOptions options,
        TimeProvider time) : IRequestHandler<Query, Response>
    {
        private static readonly string Version =
            typeof(Handler).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

        public async Task<Response> Handle(Query query, CancellationToken cancellationToken)
        {
            context.Database.SetCommandTimeout(DatabaseTimeouts.Background);
            var now = time.GetUtcNow().UtcDateTime;
            return new Response(Version, options.Issuer!, database.Name, await context.Clients.LongCountAsync(cancellationToken),
                await context.Scopes.LongCountAsync(cancellationToken), await context.Users.LongCountAsync(cancellationToken),
                await context.Sessions.LongCountAsync(session => session.ExpiresAt > now, cancellationToken),
                (await ManagedRegistration.DriftAsync(context, cancellationToken)).Values.Sum(),
                ListedKey.Of(await keys.ReadAsync(cancellationToken), now));
        }
    }
}
