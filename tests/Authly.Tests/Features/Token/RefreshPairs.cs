using System.Text.Json.Nodes;
using Authly.Tests.Harness;

namespace Authly.Tests.Features.Token;

/// <summary>
/// Refresh tokens of every fate, in pairs: of one client and one person, one for each of two servers, as only one of them can use one up.
/// </summary>
internal sealed class RefreshPairs(AuthlyServer plain, AuthlyServer whole, SharedDatabase shared) : IDisposable
{
    public static readonly string[] Fates =
    [
        "current", "used", "revoked", "family ended", "expired", "early", "referenced", "disabled", "access", "id", "garbage", "forged",
        "cut", "padded", "spaced",
    ];

    public static readonly string[] Clients = ["web", "spa", "reader", "sticky", "graced", "narrowed", "lapsed"];

    /// <summary>Until no server knows what a client was before it was changed.</summary>
    public static readonly TimeSpan AsLongAsClientsAreRemembered = TimeSpan.FromSeconds(2);

    private const string Scopes = "openid profile email offline_access orders.read";

    private readonly Dictionary<(string Client, string Fate), (string Plain, string Whole)> _tokens = [];
    private readonly (Person Plain, Person Whole) _alice = (new Person(plain), new Person(whole));
    private readonly (Person Plain, Person Whole) _bob = (new Person(plain, "bob"), new Person(whole, "bob"));

    public static async Task<RefreshPairs> MakeAsync(AuthlyServer plain, AuthlyServer whole, SharedDatabase shared)
    {
        var pairs = new RefreshPairs(plain, whole, shared);
        foreach (var client in Clients)
        {
            await pairs.RenewAsync(client);
            var current = pairs._tokens[(client, "current")];
            var answer = await pairs.GrantAsync(client, pairs._alice);
            pairs._tokens[(client, "access")] = Both(answer, "access_token");
            pairs._tokens[(client, "id")] = Both(answer, "id_token");
            pairs._tokens[(client, "garbage")] = ("garbage", "garbage");
            pairs._tokens[(client, "cut")] = (current.Plain[..^8], current.Whole[..^8]);
            pairs._tokens[(client, "forged")] = (current.Plain[..^8] + "AAAAAAAA", current.Whole[..^8] + "AAAAAAAA");
            pairs._tokens[(client, "used")] = Both(await pairs.GrantAsync(client, pairs._alice), "refresh_token");
            await plain.PostAsync("/oauth/token", FormOf(client, pairs._tokens[(client, "used")].Plain), BasicOf(client));
            await whole.PostAsync("/oauth/token", FormOf(client, pairs._tokens[(client, "used")].Whole), BasicOf(client));
            pairs._tokens[(client, "disabled")] = Both(await pairs.GrantAsync(client, pairs._bob), "refresh_token");
            foreach (var (fate, change) in new[]
            {
                ("revoked", """update tokens set "Status" = 'revoked' where "Id" in ({0})"""),
                ("family ended", """
                    update authorizations set "Status" = 'revoked' where "Id" in (select "AuthorizationId" from tokens where "Id" in ({0}))
                    """),
                ("expired", """update tokens set "ExpirationDate" = "CreationDate" where "Id" in ({0})"""),
                ("early", """update tokens set "CreationDate" = "ExpirationDate" where "Id" in ({0})"""),
                // Never so for a refresh token: what has a reference is good by that only.
                ("referenced", """update tokens set "ReferenceId" = "Id" where "Id" in ({0})"""),
            })
            {
                var grant = await pairs.GrantAsync(client, pairs._alice);
                pairs._tokens[(client, fate)] = Both(grant, "refresh_token");
                await shared.ExecuteAsync(change.Replace("{0}", pairs.RefreshTokensOf(grant), StringComparison.Ordinal));
            }
        }

        await shared.ExecuteAsync("""update users set "IsDisabled" = true where "NormalizedUsername" = 'bob'""");
        await shared.ExecuteAsync("""
            update applications set "Permissions" = replace("Permissions", 'gt:refresh_token', 'gt:password') where "ClientId" = 'lapsed'
            """);
        await shared.ExecuteAsync("""
            update applications set "Permissions" = replace("Permissions", 'scp:orders.read', 'scp:none') where "ClientId" = 'narrowed'
            """);
        await Task.Delay(AsLongAsClientsAreRemembered);
        return pairs;
    }

    public (string Plain, string Whole) this[string client, string fate] => fate switch
    {
        // Of what is current now: one that has been used would be refused for that.
        "padded" => (_tokens[(client, "current")].Plain + "==", _tokens[(client, "current")].Whole + "=="),
        "spaced" => (" " + _tokens[(client, "current")].Plain, " " + _tokens[(client, "current")].Whole),
        _ => _tokens[(client, fate)],
    };

    /// <summary>What was current has been used, and these have taken its place.</summary>
    public void Rotate(string client, string plainBody, string wholeBody)
    {
        _tokens[(client, "used")] = _tokens[(client, "current")];
        _tokens[(client, "current")] = (TokenIn(plainBody), TokenIn(wholeBody));
    }

    /// <summary>A new grant, where a family has ended.</summary>
    public async Task RenewAsync(string client) => _tokens[(client, "current")] = Both(await GrantAsync(client, _alice), "refresh_token");

    public void Dispose()
    {
        foreach (var person in new[] { _alice.Plain, _alice.Whole, _bob.Plain, _bob.Whole })
            person.Dispose();
    }

    private async Task<(Answer Plain, Answer Whole)> GrantAsync(string client, (Person Plain, Person Whole) people) =>
        (await GrantAsync(client, plain, people.Plain), await GrantAsync(client, whole, people.Whole));

    private static async Task<Answer> GrantAsync(string client, AuthlyServer server, Person person)
    {
        var request = new AuthorizationRequest(client, Scopes);
        var code = (await person.AuthorizeAsync(request))["code"];
        var form = FormOf(client, refreshToken: null);
        form["code"] = code;
        form["code_verifier"] = request.Verifier;
        form["redirect_uri"] = Person.Callback.ToString();
        return await server.PostAsync("/oauth/token", form, BasicOf(client));
    }

    /// <summary>What a client sends for a refresh token, or for a code that is still missing in it.</summary>
    public static Dictionary<string, string> FormOf(string client, string? refreshToken)
    {
        var form = new Dictionary<string, string> { ["grant_type"] = refreshToken is null ? "authorization_code" : "refresh_token" };
        if (refreshToken is not null)
            form["refresh_token"] = refreshToken;
        if (client == "spa")
            form["client_id"] = client;
        return form;
    }

    public static string? BasicOf(string client) => client == "spa" ? null : $"{client}:{client}-secret-for-tests";

    /// <summary>The ids of a grant's refresh tokens, as SQL has them: those in the families of its access tokens.</summary>
    private string RefreshTokensOf((Answer Plain, Answer Whole) grant)
    {
        var access = new[] { grant.Plain, grant.Whole }
            .Select(answer => Jwt.Payload(answer["access_token"]!).GetProperty("jti").GetString()!)
            .Select(id => $"'{(shared.Kind == Database.Postgres ? id : id.ToUpperInvariant())}'");
        return $"""
            select "Id" from tokens where "Type" like '%refresh_token'
              and "AuthorizationId" in (select "AuthorizationId" from tokens where "Id" in ({string.Join(", ", access)}))
            """;
    }

    private static (string Plain, string Whole) Both((Answer Plain, Answer Whole) answers, string member) =>
        (answers.Plain[member] ?? "none", answers.Whole[member] ?? "none");

    private static string TokenIn(string body) => JsonNode.Parse(body)!["refresh_token"]!.GetValue<string>();
}
