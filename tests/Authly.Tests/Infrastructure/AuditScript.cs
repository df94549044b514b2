using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure;

/// <summary>Everything that the audit log knows, done once or more by the people and clients of the tests' seed.</summary>
internal sealed class AuditScript(AuthlyServer server, Person alice, Person bob)
{
    private const string Reader = "reader:reader-secret-for-tests";

    /// <summary>The rows that the script leaves, and the commands after it.</summary>
    /// <param name="a">The subject of alice.</param>
    /// <param name="b">The subject of bob.</param>
    /// <param name="c">The subject of carol, whom an operator makes.</param>
    public static IReadOnlyList<string> Expected(string a, string b, string c) =>
    [
        "signing_keys_rotated success system - -",
        "sign_in_failed failure anonymous - -",
        $"sign_in_failed failure anonymous {a} -",
        $"sign_in success person {a} -",
        $"consent_granted success person {a} web",
        $"pkce_failed failure anonymous {a} web",
        $"token_granted success client {a} web",
        $"code_replay failure anonymous {a} web",
        $"consent_denied failure person {a} spa",
        "redirect_mismatch failure anonymous - web",
        "client_auth_failed failure anonymous - web",
        "client_auth_failed failure anonymous - -",
        $"token_granted success client {a} reader",
        $"refresh_token_grace success client {a} reader",
        $"token_granted success client {a} web",
        $"refresh_token_reuse failure anonymous {a} web",
        $"token_granted success client {a} web",
        $"token_revoked success client {a} web",
        "csrf_failed failure anonymous - -",
        $"administration_refused failure person {a} -",
        $"consent_revoked success person {a} web",
        $"password_changed success person {a} -",
        $"sign_in success person {a} -",
        $"sign_out success person {a} -",
        $"sign_in_failed failure anonymous {b} -",
        $"sign_in_failed failure anonymous {b} -",
        $"sign_in_throttled failure anonymous {b} -",
        "signing_keys_rotated success operator - -",
        "signing_keys_withdrawn success operator - -",
        "keys_reencrypted success operator - -",
        "client_created success operator - made",
        "client_secret_rotated success operator - made",
        "client_changed success operator - made",
        "client_disabled success operator - made",
        "client_enabled success operator - made",
        "grants_revoked success operator - made",
        "client_deleted success operator - made",
        "scope_created success operator - -",
        "scope_changed success operator - -",
        "scope_deleted success operator - -",
        $"person_created success operator {c} -",
        $"person_disabled success operator {c} -",
        $"person_enabled success operator {c} -",
        $"password_reset success operator {c} -",
        $"person_changed success operator {c} -",
        $"sessions_ended success operator {c} -",
        $"person_deleted success operator {c} -",
    ];

    /// <summary>What an operator does after the script.</summary>
    public static IReadOnlyList<string> Commands { get; } =
    [
        "keys rotate", "keys rotate --now", "keys reencrypt", "client create made --grant-type client_credentials",
        "client rotate-secret made", "client update made --name Made", "client disable made", "client enable made",
        "grant revoke --client made", "client delete made", $"apply -f {FileOf("scopes: [{ name: made }]")}",
        $"apply -f {FileOf("scopes: [{ name: made, description: It }]")}", $"apply --prune -f {FileOf("scopes: []")}",
        "user create carol", "user disable carol", "user enable carol",
        "user reset carol", "user update carol --group staff", "session end --user carol", "user delete carol",
    ];

    private static string FileOf(string text)
    {
        var path = Path.GetTempFileName();
        File.WriteAllText(path, text);
        return path;
    }

    public async Task RunAsync()
    {
        await SignInAsync(alice, "hunter2-is-my-password", "x");
        await SignInAsync(alice, "alice", "wrong");
        var (code, verifier) = await CodeAsync("web");
        await server.RedeemAsync(code, new string('x', 43));
        await server.RedeemAsync(code, verifier);
        await server.RedeemAsync(code, verifier);
        await alice.AuthorizeAsync(new AuthorizationRequest("spa"), "deny");

        await server.GetAsync(new AuthorizationRequest().With("redirect_uri", "https://evil.example/").Url);
        await server.PostAsync("/oauth/token", new { grant_type = "client_credentials" }, "web:wrong");
        await server.PostAsync("/oauth/token", new { grant_type = "client_credentials" }, "nobody-registered:wrong");

        (code, verifier) = await CodeAsync("reader", "openid offline_access");
        var tokens = await server.RedeemAsync(code, verifier, Reader);
        await server.RefreshAsync(tokens["refresh_token"]!, Reader);
        await server.RefreshAsync(tokens["refresh_token"]!, Reader);

        tokens = await RedeemAsync();
        await server.RefreshAsync(tokens["refresh_token"]!);
        await server.RefreshAsync(tokens["refresh_token"]!);
        tokens = await RedeemAsync();
        await server.PostAsync("/oauth/revoke", new { token = tokens["refresh_token"]! }, Flows.Web);

        await alice.PostAsync("/account/logout");
        await alice.VisitAsync("/admin");
        await (await alice.VisitAsync("/account")).SubmitAsync();
        await (await alice.VisitAsync("/account/password"))
            .SubmitAsync(("CurrentPassword", "correct horse battery"), ("NewPassword", "another good one"));
        await (await alice.VisitAsync("/account/logout")).SubmitAsync();
        for (var tries = 0; tries < 3; tries++)
            await SignInAsync(bob, "bob", "wrong");
    }

    private static async Task SignInAsync(Person person, string username, string password) =>
        await (await person.VisitAsync("/account/login")).SubmitAsync(("Username", username), ("Password", password));

    private async Task<Answer> RedeemAsync()
    {
        var (code, verifier) = await CodeAsync("web");
        return await server.RedeemAsync(code, verifier);
    }

    private async Task<(string Code, string Verifier)> CodeAsync(
        string clientId, string scope = "openid profile email offline_access")
    {
        var request = new AuthorizationRequest(clientId, scope);
        return ((await alice.AuthorizeAsync(request))["code"], request.Verifier);
    }
}
