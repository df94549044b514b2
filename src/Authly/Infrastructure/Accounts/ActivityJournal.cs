using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Tokens;
using Microsoft.EntityFrameworkCore;

namespace Authly.Infrastructure.Accounts;

/// <summary>
/// Writes down who was active today, one row for each, behind the requests. What could not be written comes with the subject's next
/// request.
/// </summary>
internal sealed class ActivityJournal(
    IServiceScopeFactory scopes, Activities activities, TimeProvider time, Readings readings, Instruments instruments,
    ILogger<ActivityJournal> logger) : PeriodicJob(BackgroundJob.Activity, readings, instruments, logger)
{
    private const int MostAtOnce = 500;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    protected override Task WaitAsync(CancellationToken cancellationToken) => Task.Delay(Interval, time, cancellationToken);

    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var day = activities.Today;
            var subjects = activities.Take(MostAtOnce);
            if (subjects.Count == 0)
                return;
            // In one order everywhere: two instances that insert the same rows would else deadlock.
            object[] values = [.. subjects
                .Select(subject => (Kind: subject.Client is null ? ActivityKind.Person : ActivityKind.Client,
                    Subject: subject.Client ?? subject.Person.ToString()))
                .OrderBy(row => row.Kind).ThenBy(row => row.Subject, StringComparer.Ordinal)
                .SelectMany(row => new object[] { day, (int)row.Kind, row.Subject })];
            var rows = string.Join(',', Enumerable.Range(0, subjects.Count)
                .Select(row => $"({{{row * 3}}}, {{{(row * 3) + 1}}}, {{{(row * 3) + 2}}})"));
            await using var scope = scopes.CreateAsyncScope();
            var context = scope.ServiceProvider.GetRequiredService<AuthlyDbContext>();
            var insert = $"insert into activity_days (\"Day\", \"Kind\", \"Subject\") values {rows} on conflict do nothing";
            await context.Database.ExecuteSqlRawAsync(insert, values, cancellationToken);
            activities.Wrote(day, subjects);
        }
    }
}

/// <summary>Deletes days that no window reaches.</summary>
internal sealed class ActivityPruning : IPruning
{
    private const int Kept = 31;

    public void Restart()
    {
    }

    public async Task<Pruned> PruneAsync(AuthlyDbContext context, DateTime before, int most, CancellationToken cancellationToken)
    {
        var end = DateOnly.FromDateTime(before).DayNumber - Kept;
        var rows = await context.ActivityDays.Where(each => each.Day < end).OrderBy(each => each.Day).Take(most)
            .ExecuteDeleteAsync(cancellationToken);
        return new Pruned([(PrunedTable.ActivityDays, rows)], IsFull: rows == most);
    }
}
