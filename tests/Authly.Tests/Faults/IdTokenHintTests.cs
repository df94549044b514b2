using Authly.Tests.Harness;
using Microsoft.IdentityModel.Tokens;

namespace Authly.Tests.Faults;

/// <summary>
/// Who names the person that an application expects in a way that nobody can read gets no code for somebody else (OpenID Connect
/// Core §3.1.2.1).
/// </summary>
public sealed class IdTokenHintTests(Servers servers)
{
    private static readonly string[] Unreadable = ["garbage", "of another issuer", "tampered", "an access token", "a signature of nobody"];

    [Theory, OnEachDatabase]
    public async Task A_hint_that_cannot_be_read_is_login_required_where_no_page_may_be_shown(Database database)
    {
        var server = await servers.SharedAsync(database);
        var (alice, tokens) = await SignInAsync(server, "alice");
        foreach (var kind in Unreadable)
        {
            var answer = await alice.VisitAsync(Hinted(Hint(kind, tokens)).With("prompt", "none").Url);
            Assert.Equal((kind, "login_required"), (kind, answer.Parameters.GetValueOrDefault("error", "a code, or a page")));
            Assert.Equal("state-1", answer.Parameters["state"]);
        }

        alice.Dispose();
    }

    [Theory, OnEachDatabase]
    public async Task A_hint_that_cannot_be_read_leads_to_a_page_and_never_silently_to_a_code(Database database)
    {
        var server = await servers.SharedAsync(database);
        var (alice, tokens) = await SignInAsync(server, "alice");
        foreach (var kind in Unreadable)
        {
            var answer = await alice.VisitAsync(Hinted(Hint(kind, tokens)).Url);
            Assert.Equal((kind, null, 200), (kind, answer.Location?.AbsolutePath, (int)answer.Status));
        }

        alice.Dispose();
    }

    [Theory, OnEachDatabase]
    public async Task A_genuine_hint_works_silently_for_its_person_and_for_no_other(Database database)
    {
        var server = await servers.SharedAsync(database);
        var (alice, tokens) = await SignInAsync(server, "alice");
        var (bob, strangers) = await SignInAsync(server, "bob");
        var (own, other) = (tokens["id_token"]!, strangers["id_token"]!);
        Assert.Contains("code", (await alice.VisitAsync(Hinted(own).With("prompt", "none").Url)).Parameters.Keys);
        Assert.Equal("login_required", (await alice.VisitAsync(Hinted(other).With("prompt", "none").Url)).Parameters["error"]);
        Assert.Equal("Sign in · Authly", (await alice.VisitAsync(Hinted(other).Url)).Title);
        alice.Dispose();
        bob.Dispose();
    }

    private static AuthorizationRequest Hinted(string hint) => new AuthorizationRequest().With("id_token_hint", hint);

    private static async Task<(Person Person, Answer Tokens)> SignInAsync(AuthlyServer server, string username)
    {
        var person = new Person(server, username);
        var request = new AuthorizationRequest();
        return (person, await server.RedeemAsync((await person.AuthorizeAsync(request))["code"], request.Verifier));
    }

    private static string Hint(string kind, Answer tokens)
    {
        var parts = tokens["id_token"]!.Split('.');
        var altered = Base64UrlEncoder.Decode(parts[1]).Replace("nonce-1", "nonce-2", StringComparison.Ordinal);
        return kind switch
        {
            "of another issuer" => $"{parts[0]}.{Base64UrlEncoder.Encode("""{"iss":"https://elsewhere.example","sub":"1"}""")}.{parts[2]}",
            "tampered" => $"{parts[0]}.{Base64UrlEncoder.Encode(altered)}.{parts[2]}",
            "an access token" => tokens["access_token"]!,
            "a signature of nobody" => $"{Base64UrlEncoder.Encode("""{"alg":"none"}""")}.{parts[1]}.",
            _ => kind,
        };
    }
}
