using System.Diagnostics;
using Authly.Tests.Harness;

namespace Authly.Tests.Faults;

/// <summary>One request of every kind that needs the database, prepared while there is one.</summary>
internal sealed class EveryRequest : IDisposable
{
    private readonly AuthlyServer _server;
    private readonly Person _alice;
    private readonly Person _stranger;
    private readonly List<(string Name, Func<Task<int>> Send)> _requests = [];

    private EveryRequest(AuthlyServer server) => (_server, _alice, _stranger) = (server, new Person(server), new Person(server));

    public static async Task<EveryRequest> PrepareAsync(AuthlyServer server)
    {
        var every = new EveryRequest(server);
        await every.PrepareAsync();
        return every;
    }

    /// <summary>Sends all of them at once; what was not answered within 10 seconds has the status 0.</summary>
    public Task<(string Name, int Status, double Seconds)[]> SendAsync() => Task.WhenAll(_requests.Select(async request =>
    {
        var started = Stopwatch.GetTimestamp();
        var status = 0;
        try
        {
            // Not on this thread: each goes at once, whatever the others do.
            status = await Task.Run(request.Send).WaitAsync(TimeSpan.FromSeconds(10));
        }
        catch (TimeoutException)
        {
            // Status 0 says so.
        }

        return (request.Name, status, Stopwatch.GetElapsedTime(started).TotalSeconds);
    }));

    public void Dispose()
    {
        _alice.Dispose();
        _stranger.Dispose();
    }

    private async Task PrepareAsync()
    {
        var request = new AuthorizationRequest();
        var tokens = await _server.RedeemAsync((await _alice.AuthorizeAsync(request))["code"], request.Verifier);
        var other = await _server.TokensAsync();
        var (code, verifier) = await _server.CodeAsync();
        var signIn = await _stranger.VisitAsync("/account/login");
        Add("client_credentials", () =>
            _server.PostAsync("/oauth/token", new { grant_type = "client_credentials" }, "service:service-secret-for-tests"));
        Add("authorization_code", () => _server.RedeemAsync(code, verifier));
        Add("refresh_token", () => _server.RefreshAsync(tokens["refresh_token"]!));
        Add("introspection", () => _server.PostAsync("/oauth/introspect", new { token = other["access_token"]! }, Flows.Web));
        Add("revocation", () => _server.PostAsync("/oauth/revoke", new { token = other["refresh_token"]! }, Flows.Web));
        Add("userinfo", () => _server.UserInfoAsync(other["access_token"]));
        AddPage("authorize", () => _alice.VisitAsync(new AuthorizationRequest().Url));
        AddPage("account", () => _alice.VisitAsync("/account"));
        AddPage("sign-in", () => signIn.SubmitAsync(("Username", "alice"), ("Password", "correct horse battery")));
    }

    private void Add(string name, Func<Task<Answer>> send) => _requests.Add((name, async () => (await send()).Status));

    private void AddPage(string name, Func<Task<Person.Page>> send) => _requests.Add((name, async () => (int)(await send()).Status));
}
