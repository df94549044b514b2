using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using Authly.Infrastructure.Tokens;
using Microsoft.EntityFrameworkCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.Hosting;

/// <summary>Counts what gauges show, once a minute, so that no scrape waits for the database.</summary>
internal sealed class GaugeRefresher(
    IServiceScopeFactory scopes, Readings readings, Instruments instruments, ClientLabels clients, AuthlyOptions options,
    TimeProvider time, ILogger<GaugeRefresher> logger) : PeriodicJob(BackgroundJob.Gauges, readings, instruments, logger)
{
    private readonly Readings _readings = readings;

    protected override Task WaitAsync(CancellationToken cancellationToken) =>
        Task.Delay(options.Metrics.GaugeInterval, time, cancellationToken);

    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var context = scope.ServiceProvider.GetRequiredService<AuthlyDbContext>();
        context.Database.SetCommandTimeout(DatabaseTimeouts.Background);
        var now = time.GetUtcNow().UtcDateTime;

        var active = await context.Tokens.Where(token => token.Status == Statuses.Valid && token.ExpirationDate > now)
            .GroupBy(token => token.Type).Select(group => new { group.Key, Count = group.LongCount() }).ToListAsync(cancellationToken);
        var tokens = Enum.GetValues<TokenKind>().Where(kind => kind is not (TokenKind.Other or TokenKind.Id))
            .ToDictionary(kind => kind, kind => active.Where(row => TokenKinds.KindOf(row.Key) == kind).Sum(row => row.Count));
        clients.Load(await context.Clients.OrderBy(application => application.Id).Select(application => application.ClientId!)
            .Take(ClientLabels.Most).ToListAsync(cancellationToken));
        _readings.Counted(tokens,
            await context.Sessions.LongCountAsync(session => session.ExpiresAt > now, cancellationToken),
            await context.Clients.LongCountAsync(cancellationToken),
            await RowsAsync(context, cancellationToken));

        var people = await context.Users.GroupBy(user => user.IsDisabled ? UserState.Disabled
                : user.PasswordIsOneTime ? UserState.MustChangePassword : UserState.Active)
            .Select(group => new { group.Key, Count = group.LongCount() })
            .ToDictionaryAsync(row => row.Key, row => row.Count, cancellationToken);
        _readings.CountedUsers(Enum.GetValues<UserState>().ToDictionary(state => state, people.GetValueOrDefault));
        foreach (var (kind, count) in await ManagedRegistration.DriftAsync(context, cancellationToken))
            _readings.CountedDrift(kind, count);
        await CountActivityAsync(context, DateOnly.FromDateTime(now).DayNumber, cancellationToken);
    }

    private async Task CountActivityAsync(AuthlyDbContext context, int today, CancellationToken cancellationToken)
    {
        var subjects = await context.ActivityDays.Where(activity => activity.Day > today - 30)
            .GroupBy(activity => new { activity.Kind, activity.Subject })
            .Select(days => new { days.Key.Kind, Last = days.Max(day => day.Day) })
            .GroupBy(subject => subject).Select(group => new { group.Key.Kind, group.Key.Last, Count = group.LongCount() })
            .ToListAsync(cancellationToken);
        foreach (var (window, days) in new[] { (ActivityWindow.Day, 1), (ActivityWindow.Week, 7), (ActivityWindow.Month, 30) })
            _readings.CountedActivity(window, Active(ActivityKind.Person, days), Active(ActivityKind.Client, days));

        long Active(ActivityKind kind, int days) =>
            subjects.Where(subject => subject.Kind == kind && subject.Last > today - days).Sum(subject => subject.Count);
    }

    private static async Task<IReadOnlyDictionary<string, long>> RowsAsync(AuthlyDbContext context, CancellationToken cancellationToken)
    {
        var tables = context.Model.GetEntityTypes().Select(type => type.GetTableName()!).Distinct();
        // PostgreSQL knows about how many there are without counting; SQLite's file is small.
        var sql = context.Database.IsNpgsql()
            ? "select relname as name, n_live_tup as rows from pg_stat_user_tables where schemaname = current_schema()"
            : string.Join(" union all ", tables.Select(table => $"select '{table}' as name, count(*) as rows from {table}"));
        var rows = await context.Database.SqlQueryRaw<TableRows>(sql).ToListAsync(cancellationToken);
        return rows.Where(row => tables.Contains(row.Name)).ToDictionary(row => row.Name, row => row.Rows);
    }

    private sealed record TableRows(string Name, long Rows);
}
