using Authly.Tests.Harness;
using CsCheck;
using static Authly.Tests.Features.Token.GeneratedRequest;

namespace Authly.Tests.Features.Token;

/// <summary>A token request that holds the place of what it redeems: a code or refresh token of this client and of this fate.</summary>
internal sealed record GeneratedGrant(string Client, string Fate, GeneratedRequest Request)
{
    public const string Token = "{token}";
    public const string Verifier = "{verifier}";

    public GeneratedRequest With(string token, string verifier = "") => Request with
    {
        Form = [.. Request.Form.Select(pair => (pair.Name, pair.Value == Token ? token : pair.Value == Verifier ? verifier : pair.Value))],
    };

    public static Gen<GeneratedGrant> AnyRefresh =>
        from client in AnyOf([.. RefreshPairs.Clients])
        from fate in AnyOf(["current", "current", "current", "current", "current", "current", .. RefreshPairs.Fates])
        from request in RequestOf(client, "refresh_token", [("refresh_token", Token)])
        select new GeneratedGrant(client, fate, request);

    /// <summary>A request of the client's, or of another's, with what the grant defines and perhaps one thing more.</summary>
    public static Gen<GeneratedRequest> RequestOf(string client, string grantType, IEnumerable<(string Name, string Value)> defined) =>
        from method in Mostly("POST", "PUT", "GET")
        from query in Mostly("", "?x=1", "?refresh_token=x", "?code=x")
        from grant in Mostly(grantType, grantType.ToUpperInvariant(), "client_credentials", "")
        from sender in Mostly(client, "web", "spa", "reader", "sticky", "unproven", "other", "service", "nobody")
        from isRight in Mostly(true, false)
        from isPost in Gen.Bool
        from isBare in Mostly(false, true)
        from more in Mostly<(string, string)?>(
            null, ("foo", "bar"), ("scope", "openid"), ("scope", "orders.read"), ("scope", "nothing"), ("scope", ""),
            ("resource", "https://orders.example"), ("resource", "https://other.example"), ("client_assertion", "x"),
            ("refresh_token", "x"), ("code", "x"), ("client_secret", ""), ("redirect_uri", "http://localhost:5999/callback"))
        from header in Mostly<(string, string)?>(
            null, ("DPoP", "x"), ("Origin", "http://localhost:5999"), ("Cookie", "a=b"), ("X-Something", "1"), ("Accept", "text/html"))
        let secret = isRight ? $"{sender}-secret-for-tests" : "wrong"
        let credentials = isBare || sender == "spa" ? [("client_id", sender)]
            : isPost ? [("client_id", sender), ("client_secret", secret)] : Array.Empty<(string, string)>()
        select new GeneratedRequest(method, "/oauth/token" + query,
            [("grant_type", grant), .. defined, .. credentials, .. more is { } extra ? new[] { extra } : []],
            isBare || sender == "spa" || isPost ? null : Basic(sender, secret), header);
}

/// <summary>A code that a person allowed, asked for in this way, and how it is redeemed.</summary>
internal sealed record GeneratedExchange(
    GeneratedGrant Grant, string Scope, string? Nonce, string? Claims, string? Resource, bool HasProof)
{
    public static readonly string[] Clients = ["web", "spa", "reader", "sticky", "unproven"];

    public const string AllScopes = "openid profile email offline_access orders.read";

    public static readonly string[] Fates =
    [
        "used", "revoked", "family ended", "expired", "early", "session ended", "disabled", "ungranted", "unserved", "garbage", "cut",
        "access",
    ];

    public static Gen<GeneratedExchange> Any =>
        from client in AnyOf(Clients)
        from fate in AnyOf([.. Enumerable.Repeat("current", 14), .. Fates])
        from scope in AnyOf([AllScopes, AllScopes, AllScopes, "openid", "orders.read", "offline_access orders.read",
            "openid offline_access", "openid profile"])
        from nonce in Mostly<string?>("nonce-1", null, "n\u00e9\"<&")
        from claims in Mostly<string?>(null, """{"id_token":{"email":null}}""", """{"userinfo":{"email":null}}""")
        from resource in Mostly<string?>(null, "https://orders.example")
        from hasProof in Mostly(true, false)
        from uri in Mostly<string?>(
            Person.Callback.ToString(), null, "", Person.Callback + "/", "http://127.0.0.1:5999/callback")
        from verifier in Mostly<string?>(
            GeneratedGrant.Verifier, null, "", "short", new string('a', 43), GeneratedGrant.Verifier + "=")
        from request in GeneratedGrant.RequestOf(client, "authorization_code",
            [("code", GeneratedGrant.Token), .. Optional("redirect_uri", uri), .. Optional("code_verifier", verifier)])
        select new GeneratedExchange(new GeneratedGrant(client, fate, request), scope, nonce, claims, resource, hasProof);

    public AuthorizationRequest Authorization
    {
        get
        {
            var request = new AuthorizationRequest(Grant.Client, Scope)
                .With("nonce", Nonce).With("claims", Claims).With("resource", Resource);
            return HasProof ? request : request.With("code_challenge", null).With("code_challenge_method", null);
        }
    }

    private static IEnumerable<(string Name, string Value)> Optional(string name, string? value) => value is null ? [] : [(name, value)];
}
