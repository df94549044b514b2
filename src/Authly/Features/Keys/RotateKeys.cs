using Authly.Infrastructure.Administration;
using Authly.Infrastructure.Hosting;
using Authly.Infrastructure.Keys;
using Authly.Infrastructure.Protocol;
using MediatR;

namespace Authly.Features.Keys;

/// <summary>Makes new signing keys: to take over after their announcement, or, for compromise, in place of all others at once.</summary>
internal static class RotateKeys
{
    public sealed record Command(bool Withdraws) : IRequest<Response>;

    /// <param name="Keys">All that there are now.</param>
    public sealed record Response(IReadOnlyList<ListedKey> Keys);

    public sealed class Verb : IVerb
    {
        public static VerbDeclaration Declaration { get; } = new("keys rotate", "Make new keys now. They take over after the announcement "
            + "(Authly:Keys:Announced); no token becomes invalid.");

        public static void Define(VerbBuilder verb)
        {
            var now = verb.Option<bool>("--now", """
                For compromise. New keys sign at once, all others leave JWKS at once. Access and id tokens that they signed are refused from
                then on: here at once, elsewhere when JWKS is read again, which caches may put off for up to an hour. Refresh tokens, codes
                and sessions are not signed with these keys and live on: clients refresh, and nobody has to sign in again.
                """);
            verb.Sends(input => new Command(input.GetValue(now)),
                (response, output) => output.Write(response, () => KeyTable.Of(response.Keys)));
        }
    }

    public sealed class Operation : IAdminOperation
    {
        /// <param name="Withdraw">For compromise: all others leave JWKS at once.</param>
        private sealed record Input(bool Withdraw = false);

        public static void Map(AdminRoutes routes) => routes.Map<Response>(
            new(HttpMethods.Post, "/admin/keys/rotate", AdminScopes.KeysWrite, "Make new signing keys"),
            (Input? input) => new Command(input?.Withdraw ?? false));
    }

    public sealed class Handler(SigningKeyStore store, TimeProvider time) : IRequestHandler<Command, Response>
    {
        public async Task<Response> Handle(Command command, CancellationToken cancellationToken)
        {
            // Not cancellable: keys that are half withdrawn are worse than either.
            await store.RotateAsync(command.Withdraws, CancellationToken.None);
            return new Response(ListedKey.Of(await store.ReadAsync(cancellationToken), time.GetUtcNow().UtcDateTime));
        }
    }
}
