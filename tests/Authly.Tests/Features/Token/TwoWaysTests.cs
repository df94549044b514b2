using Authly.Tests.Harness;
using CsCheck;

namespace Authly.Tests.Features.Token;

/// <summary>
/// The plain way and OpenIddict's are one: whatever is sent, both answer, write and count the same. Two servers over one database, of
/// which one has the plain way, get requests that are right, nearly right and hostile.
/// </summary>
public sealed class TwoWaysTests
{
    private const int Requests = 1500;

    [Theory, OnEachDatabase]
    public async Task The_plain_way_and_the_long_way_answer_write_and_count_the_same(Database database)
    {
        await using var servers = await TwoServers.StartAsync(database);
        var tokens = await TokensOfEveryFate.MakeAsync(servers.Plain, servers.Shared);
        await servers.BeginAsync();

        await GeneratedRequest.Any(tokens).SampleAsync(async request =>
        {
            var (said, meant) = await servers.CompareAsync(request, request);
            Assert.Equal(await BothWaysRows.RowOfAsync(servers.Shared, meant), await BothWaysRows.RowOfAsync(servers.Shared, said));
        }, iter: Requests, threads: 1, print: request => request.ToString());

        await servers.CompareCountsAsync();
    }
}
