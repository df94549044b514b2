using Authly.Infrastructure.Protocol;
using Authly.Tests.Harness;

namespace Authly.Tests.Features.Authorization;

public sealed class ConsentTests
{
    [Fact]
    public async Task A_person_is_asked_in_words_for_each_scope_that_Authly_has_itself()
    {
        using var shared = await SharedDatabase.CreateAsync(Database.Sqlite);
        await using var server = await shared.StartAsync();
        var scopes = StandardScopes.All.Concat(AdminScopes.All.Keys).ToList();
        await shared.TellAsync("client", "create", "asks", "--public", "--redirect-uri", $"{Person.Callback}",
            "--scope", string.Join(' ', scopes));
        using var alice = new Person(server);
        var login = await alice.VisitAsync(new AuthorizationRequest("asks", string.Join(' ', scopes)).Url);
        var asked = await login.SubmitAsync(("Username", "alice"), ("Password", "correct horse battery"));
        Assert.Equal("Allow access · Authly", asked.Title);
        Assert.All(AdminScopes.All, scope => Assert.Contains(scope.Value, asked.Text, StringComparison.Ordinal));
        // None by its name.
        Assert.Empty(asked.Text.Split('\n', StringSplitOptions.TrimEntries).Intersect(scopes));
    }
}
