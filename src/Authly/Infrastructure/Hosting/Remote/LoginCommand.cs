using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Protocol;
using Microsoft.AspNetCore.WebUtilities;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.Hosting.Remote;

/// <summary>
/// Signs in at a server elsewhere, in the browser, so that commands can be sent to it: the code flow with PKCE of an application on a
/// person's machine (RFC 8252, RFC 7636).
/// </summary>
internal sealed class LoginCommand : IVerb
{
    public const string Hint =
        "If the browser is on another machine: when it ends at an address that it cannot open, paste that address here.";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    public static VerbDeclaration Declaration { get; } = new("login", "Sign in at a server elsewhere, for commands with --server.");

    public static void Define(VerbBuilder verb)
    {
        var server = verb.Option<string?>("--server", "Its issuer, as in https://login.example.com.");
        var client = verb.Option("--client", "As which client; docs/administration-guide.md says how to register it.", "authly-cli");
        var scope = verb.Option("--scope", "What commands may do, separated by spaces; all unless given.",
            string.Join(' ', AdminScopes.All.Keys.Append(Scopes.OfflineAccess)));
        var noBrowser = verb.Option<bool>("--no-browser", "Do not open a browser: open the address yourself, on any machine.");
        verb.Runs(async (_, input, cancellationToken) =>
        {
            var at = RemoteServer.Of(input.GetValue(server)) ?? throw new StartupException("--server is missing.");
            var tokens = new TokenFile(TimeProvider.System);
            var before = tokens.Find(at);
            var given = await SignInAsync(
                at, input.GetValue(client)!, input.GetValue(scope)!, opensBrowser: !input.GetValue(noBrowser), cancellationToken);
            await tokens.KeepAsync(at, given, CancellationToken.None);
            Console.WriteLine($"Signed in at {at.Issuer}. Commands are sent there by --server {at.Issuer}, or AUTHLY_SERVER.");
            if (before is not null && await LogoutCommand.RevokeAsync(at, before, cancellationToken) is { IsSuccess: false } answer)
                Console.Error.WriteLine($"The sign-in before is not over: {answer.Said(at.Issuer)}");
        });
    }

    private static async Task<ServerTokens> SignInAsync(
        RemoteServer server, string client, string scope, bool opensBrowser, CancellationToken cancellationToken)
    {
        var authorization = await server.DiscoverAsync(each => each.AuthorizationEndpoint, cancellationToken);
        var token = await server.DiscoverAsync(each => each.TokenEndpoint, cancellationToken);
        var (state, verifier) = (Random(), Random());
        using var callback = new Callback(state);
        var url = QueryHelpers.AddQueryString(authorization.AbsoluteUri, new Dictionary<string, string?>
        {
            [Parameters.ClientId] = client,
            [Parameters.ResponseType] = ResponseTypes.Code,
            [Parameters.RedirectUri] = callback.RedirectUri,
            [Parameters.Scope] = scope,
            [Parameters.State] = state,
            [Parameters.CodeChallenge] = Base64UrlTextEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))),
            [Parameters.CodeChallengeMethod] = CodeChallengeMethods.Sha256,
        });
        Console.Error.WriteLine($"Sign in at\n\n  {url}\n");
        Console.Error.WriteLine(Hint);
        if (opensBrowser)
            Open(url);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        string code;
        try
        {
            code = await callback.CodeAsync(server.Issuer, limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new StartupException($"Nobody signed in within {Patience.TotalMinutes} minutes.");
        }

        var answer = await server.PostAsync(token, new Dictionary<string, string>
        {
            [Parameters.GrantType] = GrantTypes.AuthorizationCode,
            [Parameters.ClientId] = client,
            [Parameters.Code] = code,
            [Parameters.CodeVerifier] = verifier,
            [Parameters.RedirectUri] = callback.RedirectUri,
        }, cancellationToken);
        return answer.Tokens(server.Issuer, client, TimeProvider.System);
    }

    private static string Random() => Base64UrlTextEncoder.Encode(RandomNumberGenerator.GetBytes(32));

    private static void Open(string url)
    {
        var opener = OperatingSystem.IsWindows() ? new ProcessStartInfo(url) { UseShellExecute = true }
            : new ProcessStartInfo(OperatingSystem.IsMacOS() ? "open" : "xdg-open", [url])
            { RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using var opened = Process.Start(opener);
        }
        catch (Win32Exception)
        {
            // There is none: the address is printed.
        }
    }
}
