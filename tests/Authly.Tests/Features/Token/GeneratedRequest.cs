using System.Text;
using Authly.Tests.Harness;
using CsCheck;

namespace Authly.Tests.Features.Token;

/// <summary>A request at the token, introspection or userinfo endpoint that any program, or anybody, could send.</summary>
internal sealed record GeneratedRequest(
    string Method, string Path, IReadOnlyList<(string Name, string Value)> Form, string? Authorization, (string Name, string Value)? Header)
{
    public override string ToString() =>
        $"{Method} {Path} {Authorization} {Header} {string.Join('&', Form.Select(pair => $"{pair.Name}={pair.Value}"))}";

    public static Gen<GeneratedRequest> Any(TokensOfEveryFate tokens) => Gen.Frequency((5, OfClient(tokens)), (1, OfPerson(tokens)));

    /// <summary>A request at the userinfo endpoint.</summary>
    private static Gen<GeneratedRequest> OfPerson(TokensOfEveryFate tokens) =>
        from method in Mostly("GET", "POST", "PUT")
        from query in Mostly("", "?x=1", "?scope=openid", "?")
        from name in AnyOf([.. tokens.Tokens.Values, tokens.Tokens["person"], tokens.Tokens["openid"]])
        from spelling in Mostly("", "==", "+", "%")
        let token = name + spelling
        from authorization in Mostly<string?>($"Bearer {token}", null, $"bearer {token}", $"Bearer  {token}", $"Bearer {token} x",
            $"DPoP {token}", "Bearer ", Basic("web", "web-secret-for-tests"))
        from form in Mostly<(string, string)?>(null, ("access_token", token), ("foo", "bar"))
        from header in AnyHeader
        select new GeneratedRequest(
            method, "/oidc/userinfo" + query, form is { } pair ? [pair] : [], authorization, header);

    private static Gen<(string, string)?> AnyHeader => Mostly<(string, string)?>(
        null, ("DPoP", "x"), ("Origin", "https://spa.example"), ("Cookie", "a=b"), ("X-Something", "1"), ("User-Agent", "test/1"),
        ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), ("Accept", "text/html"), ("Sec-Fetch-Mode", "cors"));

    private static Gen<GeneratedRequest> OfClient(TokensOfEveryFate tokens) =>
        from method in Mostly("POST", "PUT", "GET")
        from isIntrospection in Gen.Bool
        from query in Mostly("", "?x=1", "?client_id=service", "?scope=orders.read", "?")
        from client in Client
        from main in isIntrospection ? Introspection(tokens) : Token
        from more in Mostly<(string, string)?>(
            null, ("foo", "bar"), ("audience", "x"), ("client_assertion", "x"), ("resource", "https://orders.example"),
            ("dpop_jkt", "x"), ("resource", "https://other.example"), ("client_assertion_type", "x"), ("code", "x"),
            ("SCOPE", "orders.read"), ("request", "x"))
        from header in AnyHeader
        from isShuffled in Gen.Bool
        let form = main.Concat(client.Form).Concat(more is { } extra ? [extra] : [])
        select new GeneratedRequest(method, (isIntrospection ? "/oauth/introspect" : "/oauth/token") + query,
            [.. isShuffled ? form.Reverse() : form], client.Authorization, header);

    public async Task<HttpResponseMessage> SendAsync(AuthlyServer server)
    {
        using var request = new HttpRequestMessage(new HttpMethod(Method), server.UrlOf("/")) { RequestUri = Url(server) };
        if (Method != "GET")
        {
            var body = string.Join('&', Form.Select(pair => $"{Uri.EscapeDataString(pair.Name)}={Uri.EscapeDataString(pair.Value)}"));
            request.Content = new StringContent(body, Encoding.ASCII, "application/x-www-form-urlencoded");
        }

        if (Authorization is not null)
            request.Headers.TryAddWithoutValidation("Authorization", Authorization);
        if (Header is var (name, value))
            request.Headers.TryAddWithoutValidation(name, value);
        return await server.Http.SendAsync(request);
    }

    // Both have the issuer of neither.
    private Uri Url(AuthlyServer server) => new(server.Http.BaseAddress!, Path);

    private static Gen<IEnumerable<(string Name, string Value)>> Token =>
        from grant in Mostly("client_credentials", "client_credentials ", "CLIENT_CREDENTIALS", "refresh_token", "nothing", "")
        from scope in AnyOf<string?>([
            "orders.read", "orders.read", "orders.read", null, null, "", "orders.write", "openid", "orders.read orders.read",
            "orders.read  ", " orders.read", "orders.read unknown", "unknown", "orders.read openid", "orders.read\t", "staff",
            "orders.read orders.write", "phone", "orders.read phone"])
        from isTwice in Rarely
        select new[] { ("grant_type", grant) }.Concat(scope is null ? [] : [("scope", scope)])
            .Concat(isTwice ? [("grant_type", "client_credentials")] : Array.Empty<(string, string)>());

    private static Gen<IEnumerable<(string Name, string Value)>> Introspection(TokensOfEveryFate tokens) =>
        from name in AnyOf([.. tokens.Tokens.Values, tokens.Tokens["client"], tokens.Tokens["person"]])
        from spelling in Mostly("", "==", " ", "+")
        let token = name + spelling
        from hint in Mostly<string?>(null, "access_token", "refresh_token", "")
        from isThere in Mostly(true, false)
        select (isThere ? new[] { ("token", token) } : Array.Empty<(string, string)>())
            .Concat(hint is null ? [] : [("token_type_hint", hint)]);

    private static Gen<(string? Authorization, IEnumerable<(string Name, string Value)> Form)> Client =>
        from id in AnyOf(["service", "service", "service", "api", "api", "by-post", "by-post", "generated", "generated", "web", "other",
            "spa", "nobody", "exempt", ""])
        from isRight in Mostly(true, false)
        from form in Mostly("basic", "post", "basic", "both", "none", "basic and id", "encoded", "lower", "odd", "other id")
        let secret = !isRight ? "wrong" : id == "api" ? "api+secret%20with 100%"
            : id == "generated" ? "authly_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8" : $"{id}-secret-for-tests"
        select form switch
        {
            "post" => (null, [("client_id", id), ("client_secret", secret)]),
            "both" => (Basic(id, secret), [("client_secret", secret)]),
            "none" => (null, [("client_id", id)]),
            "basic and id" => (Basic(id, secret), [("client_id", id)]),
            "other id" => (Basic(id, secret), [("client_id", "other")]),
            "encoded" => (Basic(Uri.EscapeDataString(id), Uri.EscapeDataString(secret)), []),
            "lower" => (Basic(id, secret).Replace("Basic", "basic", StringComparison.Ordinal), []),
            "odd" => ("Basic !", []),
            _ => ((string?)Basic(id, secret), (IEnumerable<(string, string)>)[]),
        };

    private static Gen<bool> Rarely => Gen.Frequency((19, Gen.Const(false)), (1, Gen.Const(true)));

    /// <summary>Most often the first, so that most requests are wrong in one way at most.</summary>
    internal static Gen<T> Mostly<T>(T first, params T[] others) =>
        Gen.Frequency((24, Gen.Const(first)), (3, AnyOf([first, .. others])));

    internal static Gen<T> AnyOf<T>(T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    internal static string Basic(string id, string secret) => $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{id}:{secret}"))}";
}
