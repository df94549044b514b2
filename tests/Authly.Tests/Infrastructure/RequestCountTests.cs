using System.Text;
using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure;

public sealed class RequestCountTests
{
    private const int N = 5;

    [Theory, OnEachDatabase]
    public async Task Every_request_is_counted_once_as_what_it_was(Database database)
    {
        await using var server = await AuthlyServer.StartAsync(database);
        const string Service = "service:service-secret-for-tests";
        var callback = Person.Callback.ToString();

        // What one request each of its kind is, and where it must be counted.
        var last = await server.ScrapeAsync();
        async Task ExpectAsync(
            Func<Task> request, string feature, string outcome, string? error = null, string? grant = null, string? status = null)
        {
            double[] Read(Scrape scrape) =>
            [
                scrape.Sum("authly_handler_duration_seconds_count", ("feature", feature)),
                scrape.Sum("authly_handler_duration_seconds_count", ("feature", feature), ("outcome", outcome)),
                scrape.Sum("authly_handler_errors_total", ("feature", feature)),
                error is null ? 0 : scrape.Sum("authly_handler_errors_total", ("feature", feature), ("error", error)),
                scrape.Sum("authly_oauth_token_requests_total"),
                grant is null ? 0 : scrape.Sum("authly_oauth_token_requests_total", ("grant_type", grant), ("status", status!)),
                scrape.Sum("authly_handlers_in_progress"),
            ];
            var before = Read(last);
            for (var index = 0; index < N; index++)
                await request();
            last = await server.ScrapeAsync();
            var moved = Read(last).Zip(before, (now, then) => now - then).ToArray();
            double errors = error is null ? 0 : N, tokens = grant is null ? 0 : N;
            Assert.Equal(
                (feature, error, N, N, errors, errors, tokens, tokens, 0),
                (feature, error, moved[0], moved[1], moved[2], moved[3], moved[4], moved[5], moved[6]));
        }

        Task TokenAsync(object form, string? basic, string outcome, string? error, string grant, string status) =>
            ExpectAsync(() => server.PostAsync("/oauth/token", form, basic), "Exchange", outcome, error, grant, status);

        var orders = new { grant_type = "client_credentials", scope = "orders.read" };
        await TokenAsync(orders, Service, "ok", error: null, "client_credentials", "success");
        var anything = new { grant_type = "client_credentials" };
        await TokenAsync(anything, "service:wrong", "error", "invalid_client", "client_credentials", "invalid_client");
        await TokenAsync(anything, "nobody:wrong", "error", "invalid_client", "client_credentials", "invalid_client");
        await TokenAsync(new { grant_type = "made-up" }, Service, "error", "unsupported_grant_type", "_OTHER", "unsupported_grant_type");
        await TokenAsync(new { nothing = "here" }, Service, "error", "invalid_request", "_OTHER", "invalid_request");
        var refreshing = new { grant_type = "refresh_token", refresh_token = "garbage" };
        await TokenAsync(refreshing, Flows.Web, "error", "invalid_grant", "refresh_token", "invalid_grant");
        var redeeming = new
        {
            grant_type = "authorization_code",
            code = "garbage",
            redirect_uri = callback,
            code_verifier = new string('x', 43),
        };
        await TokenAsync(redeeming, Flows.Web, "error", "invalid_grant", "authorization_code", "invalid_grant");

        var (code, verifier) = await server.CodeAsync();
        await server.RedeemAsync(code, verifier);
        last = await server.ScrapeAsync();
        await ExpectAsync(
            () => server.RedeemAsync(code, verifier),
            "Exchange", "error", "invalid_grant", "authorization_code", "invalid_grant");
        (code, _) = await server.CodeAsync();
        last = await server.ScrapeAsync();
        await ExpectAsync(
            () => server.RedeemAsync(code, new string('x', 43)),
            "Exchange", "error", "invalid_grant", "authorization_code", "invalid_grant");

        var codes = new Queue<(string Code, string Verifier)>();
        for (var index = 0; index < 2 * N; index++)
            codes.Enqueue(await server.CodeAsync());
        last = await server.ScrapeAsync();
        await ExpectAsync(() => RedeemNextAsync(), "AuthorizationCode", "ok", grant: "authorization_code", status: "success");
        var refresh = "";
        await ExpectAsync(
            async () => refresh = (await RedeemNextAsync())["refresh_token"]!,
            "Exchange", "ok", grant: "authorization_code", status: "success");
        await ExpectAsync(
            async () => refresh = (await server.RefreshAsync(refresh))["refresh_token"]!,
            "RefreshToken", "ok", grant: "refresh_token", status: "success");
        var access = (await server.RefreshAsync(refresh))["access_token"]!;
        last = await server.ScrapeAsync();
        Task<Answer> RedeemNextAsync()
        {
            var (next, its) = codes.Dequeue();
            return server.RedeemAsync(next, its);
        }

        // Malformed before anybody looked at it, and the wrong method: still counted where they were sent.
        await ExpectAsync(
            () => PostRawAsync("/oauth/token", "grant_type=client_credentials&scope=%00"),
            "Exchange", "error", "invalid_request", "client_credentials", "invalid_request");
        await ExpectAsync(() => server.GetAsync("/oauth/token"), "Exchange", "error", "invalid_request", "_OTHER", "invalid_request");

        await ExpectAsync(() => server.PostAsync("/oauth/introspect", new { token = access }, Flows.Web), "Introspect", "ok");
        await ExpectAsync(() => server.PostAsync("/oauth/introspect", new { token = "garbage" }, Flows.Web), "Introspect", "ok");
        await ExpectAsync(() => server.PostAsync("/oauth/introspect", new { token = access }), "Introspect", "error", "invalid_client");
        await ExpectAsync(() => server.PostAsync("/oauth/introspect", new { }, Flows.Web), "Introspect", "error", "invalid_request");
        await ExpectAsync(() => server.UserInfoAsync(access), "GetUserInfo", "ok");
        await ExpectAsync(() => server.UserInfoAsync(accessToken: null), "GetUserInfo", "error", "missing_token");
        await ExpectAsync(() => server.UserInfoAsync("garbage"), "GetUserInfo", "error", "invalid_token");
        await ExpectAsync(() => server.PostAsync("/oauth/revoke", new { token = "garbage" }, Flows.Web), "Revoke", "ok");
        await ExpectAsync(
            () => server.PostAsync("/oauth/revoke", new { token = "garbage" }, "web:wrong"), "Revoke", "error", "invalid_client");
        await ExpectAsync(() => server.GetAsync("/.well-known/openid-configuration"), "GetConfiguration", "ok");
        await ExpectAsync(() => server.GetAsync("/.well-known/oauth-authorization-server"), "GetConfiguration", "ok");
        await ExpectAsync(() => server.GetAsync("/.well-known/jwks.json"), "GetJsonWebKeys", "ok");
        await ExpectAsync(() => server.GetAsync("/oidc/logout"), "EndSession", "ok");
        await ExpectAsync(
            () => server.GetAsync("/oidc/logout?client_id=web&state=twice&state=twice"),
            "EndSession", "error", "invalid_request");

        await ExpectAsync(() => server.GetAsync(new AuthorizationRequest().Url), "Authorize", "ok");
        await ExpectAsync(() => server.GetAsync(new AuthorizationRequest("nobody").Url), "Authorize", "error", "invalid_request");
        await ExpectAsync(
            () => server.GetAsync(new AuthorizationRequest().With("code_challenge_method", "plain").Url),
            "Authorize", "error", "invalid_request");
        await ExpectAsync(
            () => server.GetAsync(new AuthorizationRequest().With("prompt", "none").Url), "Authorize", "error", "login_required");
        await ExpectAsync(() => server.GetAsync(new AuthorizationRequest().Url + "&state=twice"), "Authorize", "error", "invalid_request");
        using var person = new Person(server);
        await ExpectAsync(
            async () => await (await person.VisitAsync("/account/login")).SubmitAsync(("Username", "alice"), ("Password", "wrong")),
            "Login", "error", "access_denied");
        await ExpectAsync(
            async () => await (await person.VisitAsync("/account/login")).SubmitAsync(("Username", ""), ("Password", "wrong")),
            "Login", "error", "invalid_request");

        Task<HttpResponseMessage> PostRawAsync(string path, string body) => server.Http.PostAsync(
            new Uri(path, UriKind.Relative), new StringContent(body, Encoding.ASCII, "application/x-www-form-urlencoded"));
    }
}
