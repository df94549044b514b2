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
            if (await new TokenFile(TimeProvider.System).KeepAsync(at, given: null, cancellationToken) is not { } kept)
                throw new StartupException($"You are not signed in at {at.Issuer}.");
            var endpoint = await at.DiscoverAsync("revocation_endpoint", cancellationToken);
            var (answer, isSuccess) = await at.PostAsync(endpoint, new Dictionary<string, string>
            {
                [Parameters.Token] = kept.RefreshToken ?? kept.AccessToken,
                [Parameters.ClientId] = kept.ClientId,
            }, cancellationToken);
            Console.WriteLine(isSuccess ? $"Signed out at {at.Issuer}."
                : throw new StartupException($"The tokens are not kept any more, but the server says {answer?[Parameters.Error]}."));
        });
    }
}
