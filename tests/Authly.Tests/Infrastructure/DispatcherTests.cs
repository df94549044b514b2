using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure;

public sealed class DispatcherTests
{
    [Fact]
    public async Task At_Debug_the_log_says_which_handler_refused()
    {
        await using var server = await AuthlyServer.StartAsync(Database.Sqlite, new Dictionary<string, string>
        {
            ["Logging__LogLevel__OpenIddict.Server.OpenIddictServerDispatcher"] = "Debug",
        });
        await server.GetAsync("/oauth/authorize?client_id=web");
        for (var attempt = 0; attempt < 50 && !server.Output.Contains("ProveRedirectUri", StringComparison.Ordinal); attempt++)
            await Task.Delay(100, TestContext.Current.CancellationToken);
        Assert.Matches("ValidateAuthorizationRequestContext was rejected by [A-Za-z.+]*ProveRedirectUri", server.Output);
    }
}
