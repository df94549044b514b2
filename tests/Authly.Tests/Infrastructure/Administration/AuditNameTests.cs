using Authly.Infrastructure.Protocol;
using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure.Administration;

public sealed class AuditNameTests
{
    [Theory, OnEachDatabase]
    public async Task People_in_the_audit_log_are_named_for_who_may_know_accounts(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        using var alice = await ConsolePages.OpenAsync(shared, server);
        var page = await alice.VisitAsync("/admin/console/audit?event=sign_in");
        Assert.Matches(@"sign_in\s+success.*, person\s+alice\s", page.Text.ReplaceLineEndings(" "));

        var auditor = await AdminApi.OpenAsync(shared, server, AdminScopes.AuditRead, "auditor");
        var unnamed = await auditor.GetAsync("audit?event=sign_in");
        Assert.Equal(1, unnamed.Json.GetProperty("events").GetArrayLength());
        Assert.DoesNotContain("alice", unnamed.Body, StringComparison.Ordinal);
        Assert.Equal(403, (await auditor.GetAsync("audit?names=true")).Status);
        var both = await AdminApi.OpenAsync(shared, server, $"{AdminScopes.AuditRead} {AdminScopes.PeopleRead}", "both");
        var told = (await both.GetAsync("audit?event=sign_in&names=true")).Json;
        var subject = told.GetProperty("events")[0].GetProperty("subject").GetString()!;
        Assert.Equal("alice", told.GetProperty("names").GetProperty(subject).GetString());
    }
}
