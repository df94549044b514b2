using Authly.Infrastructure.Administration;
using Authly.Infrastructure.Hosting;
using Authly.Infrastructure.Keys;
using Authly.Infrastructure.Protocol;
using MediatR;

namespace Authly.Features.Keys;

/// <summary>The signing keys with their states: announced, active or retired.</summary>
internal static class ListKeys
{
    public sealed record Query : IRequest<Response>;

    public sealed record Response(IReadOnlyList<ListedKey> Keys);

    public sealed class Verb : IVerb
    {
        public static VerbDeclaration Declaration { get; } = new("keys list", "List the signing keys: announced (in JWKS, does not "
            + "sign yet), active (signs), retired (in JWKS until its last token has expired).");

        public static void Define(VerbBuilder verb) => verb.Sends(
            _ => new Query(), (response, output) => output.Write(response, () => KeyTable.Of(response.Keys)));
    }

    public sealed class Operation : IAdminOperation
    {
        public static void Map(AdminRoutes routes) => routes.Map<Response>(
            new(HttpMethods.Get, "/admin/keys", AdminScopes.KeysRead, "List the signing keys"), () => new Query());
    }

    public sealed class Handler(SigningKeyStore store, TimeProvider time) : IRequestHandler<Query, Response>
    {
        public async Task<Response> Handle(Query query, CancellationToken cancellationToken) =>
            new(ListedKey.Of(await store.ReadAsync(cancellationToken), time.GetUtcNow().UtcDateTime));
    }
}
