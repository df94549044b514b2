using System.Text.RegularExpressions;
using Authly.Tests.Harness;

namespace Authly.Tests.Features.Insights;

public sealed partial class InsightsTests
{
    [Theory, OnEachDatabase]
    public async Task A_silent_request_that_is_refused_is_no_sign_in_page(Database database)
    {
        await using var server = await AuthlyServer.StartAsync(database);
        for (var request = 0; request < 3; request++)
            await server.GetAsync(new AuthorizationRequest().With("prompt", "none").Url);
        await server.GetAsync(new AuthorizationRequest().Url);
        for (var attempt = 0; ; attempt++)
        {
            var rows = Row().Matches((await server.GetAsync("/insights")).Body).GroupBy(row => row.Groups[1].Value)
                .ToDictionary(row => row.Key, row => row.First().Groups[2].Value);
            if (rows.GetValueOrDefault("login_required") == "3" && rows["Sign-in shown"] == "1")
                return;
            Assert.True(attempt < 100, string.Join(", ", rows));
            await Task.Delay(200, TestContext.Current.CancellationToken);
        }
    }

    [GeneratedRegex("<tr><th scope=\"row\">([^<]+)</th><td>([0-9]+)</td></tr>")]
    private static partial Regex Row();
}
