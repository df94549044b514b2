using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure.Administration;

/// <summary>A team's first day with Authly in Production: two instances, TLS, and every step by command or API.</summary>
public sealed class TeamsDayTests : IDisposable
{
    private const string Chosen = "a passphrase of their own";

    private readonly Production _production = new();

    [Theory, OnEachDatabase]
    public async Task A_team_s_day_in_Production(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        var ports = new[] { Network.FreePort(), Network.FreePort() };
        _production.Configure(shared.Settings, $"https://localhost:{ports[0]}");
        await shared.MigrateAsync();
        var root = await shared.TellAsync("user", "create", "root", "--administrator");
        await using var one = await Production.StartAsync(shared, ports[0]);
        await using var other = await Production.StartAsync(shared, ports[1]);

        // Forty clients from one file, told beforehand, and nothing to do a second time.
        var file = Path.Combine(_production.Folder, "authly.yaml");
        await File.WriteAllTextAsync(file, Team(), TestContext.Current.CancellationToken);
        Assert.Equal(2, (await shared.RunAsync("apply", "-f", file, "--dry-run")).ExitCode);
        var secrets = (await shared.TellAsync("apply", "-f", file)).GetProperty("secrets");
        Assert.Equal(39, secrets.EnumerateObject().Count());
        Assert.Equal((0, "Nothing to do.\n", ""), await shared.RunAsync("apply", "-f", file, "--dry-run"));

        // The first administrator chooses a password, allows the console, and invites a person by the API.
        var console = $"console:{secrets.GetProperty("console").GetString()}";
        var tokens = await SignInAsync(
            one, "root", root.GetProperty("password").GetString()!, "console", $"openid {AdminApi.EveryScope}", console);
        var api = new AdminApi(other, tokens["access_token"]);
        var invited = await api.SendAsync("POST", "people", new { username = "ann", groups = new[] { "staff" } });
        Assert.Equal(201, invited.Status);
        var portal = $"portal:{secrets.GetProperty("portal").GetString()}";
        var (stolen, kept) = (
            await SignInAsync(one, "ann", invited["password"]!, "portal", "openid offline_access", portal),
            await SignInAsync(other, "ann", Chosen, "portal", "openid offline_access", portal));

        // A secret is rotated while its service works, and no request fails.
        var service = secrets.GetProperty("service-0").GetString()!;
        using var rotated = new CancellationTokenSource();
        var work = Task.Run(async () =>
        {
            List<int> statuses = [];
            while (!rotated.IsCancellationRequested)
                statuses.Add((await MachineAsync(statuses.Count % 2 == 0 ? one : other, "service-0", service)).Status);
            return statuses;
        });
        var next = (await api.SendAsync("POST", "clients/service-0/rotate-secret"))["client_secret"]!;
        await CommandLines.SoonAsync(async () => (await MachineAsync(one, "service-0", next)).Status == 200
            && (await MachineAsync(other, "service-0", next)).Status == 200);
        await rotated.CancelAsync();
        Assert.All(await work, status => Assert.Equal(200, status));

        // A token was stolen: its grant is found by the token's id and ends; the other stays.
        var jti = Jwt.Payload(stolen["access_token"]!).GetProperty("jti").GetString();
        var grant = Assert.Single((await api.GetAsync($"grants?token_id={jti}")).Json.GetProperty("grants").EnumerateArray());
        Assert.Equal("ann", grant.GetProperty("username").GetString());
        Assert.Equal("1", (await api.SendAsync("DELETE", $"grants/{grant.GetProperty("id").GetString()}"))["revoked"]);
        foreach (var server in new[] { one, other })
        {
            Assert.False(await server.IsActiveAsync(stolen["access_token"]!, portal));
            Assert.True(await server.IsActiveAsync(kept["access_token"]!, portal));
        }

        // A client is disabled, and its tokens are dead on both instances within a second.
        Assert.Equal(200, (await api.SendAsync("POST", "clients/portal/disable")).Status);
        foreach (var server in new[] { one, other })
            Assert.Equal(401, (await server.UserInfoAsync(kept["access_token"])).Status);
        Assert.Equal(200, (await api.SendAsync("POST", "clients/portal/enable")).Status);

        // What there is becomes the file, and that has nothing to do.
        var (_, exported, _) = await shared.RunAsync("export");
        await File.WriteAllTextAsync(file, exported, TestContext.Current.CancellationToken);
        Assert.Equal((0, "Nothing to do.\n", ""), await shared.RunAsync("apply", "-f", file, "--dry-run"));
        var actor = (await api.GetAsync("audit?event=grants_revoked")).Json.GetProperty("events")[0].GetProperty("actor").GetString();
        Assert.Equal(root.GetProperty("sub").GetString(), actor);
    }

    public void Dispose() => _production.Dispose();

    private static string Team()
    {
        var uris = $"redirect_uris: [\"{Person.Callback}\"]";
        return string.Join('\n', [
            "clients:",
            $"- {{ client_id: console, client_type: confidential, {uris}, skip_consent: true, scope: \"openid {AdminApi.EveryScope}\" }}",
            $"- {{ client_id: portal, client_type: confidential, {uris}, grant_types: [authorization_code, refresh_token] }}",
            $"- {{ client_id: spa, client_type: public, {uris} }}",
            .. Enumerable.Range(0, 37).Select(
                number => $"- {{ client_id: service-{number}, client_type: confidential, grant_types: [client_credentials] }}"),
        ]);
    }

    private static Task<Answer> MachineAsync(AuthlyServer server, string id, string secret) =>
        server.PostAsync("/oauth/token", new { grant_type = "client_credentials" }, $"{id}:{secret}");

    /// <summary>Signs in; where the password is the one-time one, another is chosen on the way.</summary>
    private static async Task<Answer> SignInAsync(
        AuthlyServer server, string username, string password, string client, string scope, string basic)
    {
        using var person = new Person(server, username, password);
        var request = new AuthorizationRequest(client, scope);
        var page = await person.VisitAsync(server.UrlOf(request.Url).ToString());
        page = await page.SubmitAsync(("Username", username), ("Password", password));
        if (page.Title == "Choose a password · Authly")
            page = await page.SubmitAsync(("NewPassword", Chosen));
        if (page.Title == "Allow access · Authly")
            page = await page.SubmitAsync(("decision", "allow"));
        Assert.True(page.Location is not null, page.Text);
        return await server.RedeemAsync(page.Parameters["code"], request.Verifier, basic);
    }
}
