using Authly.Tests.Harness;
using Npgsql;

namespace Authly.Tests.Infrastructure;

/// <summary>An alert that somebody must look at is not for strangers to ring.</summary>
public sealed class AuditHangUpTests
{
    [Fact]
    public async Task Whoever_hangs_up_before_the_row_is_written_is_no_failure_of_the_audit_log()
    {
        Assert.SkipUnless(Databases.HasPostgres, OnEachDatabaseAttribute.Missing);
        using var shared = await SharedDatabase.CreateAsync(Database.Postgres);
        await using var server = await shared.StartAsync();
        using var alice = new Person(server);
        var page = await alice.VisitAsync("/account/login");
        await using (var connection = new NpgsqlConnection(shared.ConnectionString))
        {
            await connection.OpenAsync(TestContext.Current.CancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
            await using var hold = new NpgsqlCommand("lock table audit_events in access exclusive mode", connection, transaction);
            await hold.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            var signIn = page.SubmitAsync(("Username", "alice"), ("Password", "correct horse battery"));
            await Task.Delay(1500, TestContext.Current.CancellationToken);
            // Closes the connection.
            alice.Dispose();
            await Assert.ThrowsAnyAsync<Exception>(() => signIn);
            await Task.Delay(500, TestContext.Current.CancellationToken);
        }

        Assert.Equal(0, (await server.ScrapeAsync()).Sum("authly_audit_events_total", ("outcome", "failed")));
        Assert.Equal(0, await shared.CountAsync("sessions"));
    }
}
