using Authly.Infrastructure.Administration;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Hosting;
using Authly.Infrastructure.Keys;
using Authly.Infrastructure.Protocol;
using MediatR;

namespace Authly.Features.Keys;

/// <summary>Writes all keys in the database anew under the current key-encryption key, so that the former one can go.</summary>
internal static class ReencryptKeys
{
    public sealed record Command : IRequest<KeyReencryption.Result>;

    public sealed class Verb : IVerb
    {
        public static VerbDeclaration Declaration { get; } = new("keys reencrypt", "Write all keys in the database anew under the current "
            + "key-encryption key (Authly:KeyEncryption), once every instance has it, with the former one as "
            + "Authly:KeyEncryption:Previous. That can go then.");

        public static void Define(VerbBuilder verb) => verb.Sends(_ => new Command(), (done, output) =>
        {
            output.Say(done, $"Under the current key-encryption key now: {done.ProtectionKeys} Data Protection keys and "
                + $"{done.SigningKeys} signing keys. Authly:KeyEncryption:Previous can go.");
            if (done.Unreadable > 0)
                throw new StartupException(
                    $"{done.Unreadable} keys cannot be read by any key-encryption key that is given, and stay as they are.");
        });
    }

    public sealed class Operation : IAdminOperation
    {
        public static void Map(AdminRoutes routes) => routes.Map<KeyReencryption.Result>(
            new(HttpMethods.Post, "/admin/keys/reencrypt", AdminScopes.KeysWrite,
                "Write all keys anew under the current key-encryption key"),
            () => new Command());
    }

    public sealed class Handler(KeyReencryption reencryption) : IRequestHandler<Command, KeyReencryption.Result>
    {
        // Not cancellable: it would be begun again from the start.
        public Task<KeyReencryption.Result> Handle(Command command, CancellationToken cancellationToken) =>
            reencryption.RunAsync(CancellationToken.None);
    }
}
