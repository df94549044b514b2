using Authly.Infrastructure.Configuration;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.Hosting.Remote;

/// <summary>Ends what <c>authly login</c> began: its tokens are good nowhere any more (RFC 7009), and not kept.</summary>
internal sealed class LogoutCommand : IVerb
{
    public static VerbDeclaration Declaration { get; } = new("logout", "Sign out at a server elsewhere.");

    public static void Define(VerbBuilder verb)
    {
        var server = verb.Option<string?>("--server", "Its issuer, as in https://login.example.com.");
        verb.Runs(async (_, input, cancellationToken) =>
        {
            var at = RemoteServer.Of(input.GetValue(server)) ?? throw new StartupException("--server is missing.");
            var tokens = new TokenFile(TimeProvider.System);
            var kept = tokens.Find(at) ?? throw new StartupException($"You are not signed in at {at.Issuer}.");
            // Order: what could not be revoked is still there to be revoked.
            var answer = await RevokeAsync(at, kept, cancellationToken);
            if (!answer.IsSuccess && answer.Error != Errors.InvalidClient)
                throw new StartupException(answer.Said(at.Issuer));
            await tokens.KeepAsync(at, given: null, cancellationToken);
            Console.WriteLine($"Signed out at {at.Issuer}.");
        });
    }

    public static async Task<ServerAnswer> RevokeAsync(RemoteServer server, ServerTokens kept, CancellationToken cancellationToken) =>
        await server.PostAsync(await server.DiscoverAsync(each => each.RevocationEndpoint, cancellationToken),
            new Dictionary<string, string>
            {
                [Parameters.Token] = kept.RefreshToken ?? kept.AccessToken,
                [Parameters.ClientId] = kept.ClientId,
            }, cancellationToken);
}
