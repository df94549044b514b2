using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using Microsoft.EntityFrameworkCore;

namespace Authly.Infrastructure.AuthorizationServer;

/// <summary>Ends each person's way from an application's request to its answer once, for whoever counts it.</summary>
internal sealed class Journeys(AuthlyDbContext context, TimeProvider time)
{
    /// <summary>
    /// The journey that an answer ends: the interaction's, once, whoever comes with its handle again or at the same time; one that led
    /// through no page for a request that was answered at once.
    /// </summary>
    public async Task<Journey?> EndAsync(Interaction? interaction, DateTimeOffset arrived)
    {
        var now = time.GetUtcNow();
        if (interaction is null)
            return new Journey(JourneyPages.None, now - arrived);
        try
        {
            return await context.Interactions.Where(each => each.Id == interaction.Id && !each.IsEnded)
                .ExecuteUpdateAsync(each => each.SetProperty(entity => entity.IsEnded, true), CancellationToken.None) == 0 ? null
                : new Journey(interaction.Shown, now - (interaction.ExpiresAt - Interactions.Lifetime));
        }
        catch (Exception exception) when (exception.IsDatabaseAway())
        {
            // The person has their answer; the journey is counted as abandoned when its time is up.
            return null;
        }
    }
}

/// <summary>
/// Counts the journeys that nobody finished, once their time is up. Every instance looks; the one whose statement ends a row counts it.
/// </summary>
internal sealed class AbandonedJourneys(
    IServiceScopeFactory scopes, Readings readings, Instruments instruments, AuthlyOptions options, TimeProvider time,
    ILogger<AbandonedJourneys> logger) : PeriodicJob(BackgroundJob.Journeys, readings, instruments, logger)
{
    private readonly Instruments _instruments = instruments;

    protected override Task WaitAsync(CancellationToken cancellationToken) =>
        Task.Delay(options.Metrics.GaugeInterval, time, cancellationToken);

    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var context = scope.ServiceProvider.GetRequiredService<AuthlyDbContext>();
        context.Database.SetCommandTimeout(DatabaseTimeouts.Background);
        var now = time.GetUtcNow().UtcDateTime;
        foreach (var pages in Enum.GetValues<JourneyPages>())
        {
            var abandoned = await context.Interactions
                .Where(each => each.Endpoint == OAuthEndpoint.Authorization && !each.IsEnded && each.ExpiresAt <= now
                    && each.Shown == pages)
                .ExecuteUpdateAsync(each => each.SetProperty(entity => entity.IsEnded, true), cancellationToken);
            _instruments.JourneysEnded(pages, JourneyOutcome.Abandoned, abandoned);
        }
    }
}
