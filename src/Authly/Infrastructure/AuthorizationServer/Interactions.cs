using System.Buffers.Text;
using System.Security.Cryptography;
using Authly.Infrastructure.Http;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using Microsoft.EntityFrameworkCore;

namespace Authly.Infrastructure.AuthorizationServer;

/// <summary>
/// Carries a validated request through its pages and back. The pages lead back to the endpoint, which decides again from the beginning;
/// what the person has done stands in the row and is good once, so that <c>prompt=login</c> neither asks forever nor can be skipped by an
/// old URL.
/// </summary>
internal sealed class Interactions(AuthlyDbContext context, TimeProvider time)
{
    public const string Parameter = "interaction";

    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(30);

    /// <summary>
    /// The handle that a request goes on with: our own URLs have nothing else. Beside other parameters it is an application's, unknown and
    /// so ignored.
    /// </summary>
    public static string? HandleIn(ProtocolParameters parameters) =>
        parameters.All is [{ Key: Parameter, Value: var handle }] ? handle : null;

    /// <summary>The handle as it stands in URLs.</summary>
    public static string HandleOf(Interaction interaction) => Base64Url.EncodeToString(interaction.Id.ToByteArray());

    /// <summary>An endpoint's or a page's URL, with the interaction that it goes on with.</summary>
    public static string UrlOf(string path, Interaction interaction) => $"{path}?{Parameter}={HandleOf(interaction)}";

    /// <summary>
    /// The request's parameters as a query string: those that its endpoint defines. What else was sent, a secret among it, is not kept.
    /// </summary>
    public static string RequestOf(ProtocolParameters parameters, OAuthEndpoint endpoint) => QueryString.Create(
        parameters.All.Where(pair => Declared.Endpoint(endpoint).Parameters.Contains(pair.Key))
            .Select(pair => new KeyValuePair<string, string?>(pair.Key, pair.Value))).Value ?? "";

    /// <summary>Makes what can be begun into an interaction: with an id that nobody can guess, and an end.</summary>
    public Interaction New(Interaction request)
    {
        (request.Id, request.ExpiresAt) = (new Guid(RandomNumberGenerator.GetBytes(16)), (time.GetUtcNow() + Lifetime).UtcDateTime);
        return request;
    }

    /// <summary>The interaction of a handle; null when it is over, of another endpoint, or there never was one.</summary>
    public async Task<Interaction?> FindAsync(string? handle, OAuthEndpoint endpoint, CancellationToken cancellationToken)
    {
        if (KeyOf(handle) is not { } id)
            return null;
        var now = time.GetUtcNow().UtcDateTime;
        return await context.Interactions.AsNoTracking()
            .SingleOrDefaultAsync(each => each.Id == id && each.Endpoint == endpoint && each.ExpiresAt > now, cancellationToken);
    }

    /// <summary>The interaction of a handle whose time is up: for a while it is known what it was.</summary>
    public async Task<Interaction?> FindEndedAsync(string? handle, CancellationToken cancellationToken)
    {
        if (KeyOf(handle) is not { } id)
            return null;
        var now = time.GetUtcNow().UtcDateTime;
        return await context.Interactions.AsNoTracking()
            .SingleOrDefaultAsync(each => each.Id == id && each.ExpiresAt <= now, cancellationToken);
    }

    /// <summary>Begins an ended one's request anew, with a handle of its own.</summary>
    public async Task<Interaction> RestartAsync(Interaction ended, CancellationToken cancellationToken)
    {
        var again = New(new Interaction
        {
            Endpoint = ended.Endpoint,
            Request = ended.Request,
            ClientId = ended.ClientId,
            ClientName = ended.ClientName,
            Scopes = ended.Scopes,
            RedirectUri = ended.RedirectUri,
            LoginHint = ended.LoginHint,
        });
        context.Interactions.Add(again);
        await context.SaveChangesAsync(cancellationToken);
        return again;
    }

    private static Guid? KeyOf(string? handle)
    {
        Span<byte> bytes = stackalloc byte[16];
        return handle is { Length: 22 } && Base64Url.TryDecodeFromChars(handle, bytes, out var length) && length == 16
            ? new Guid(bytes) : null;
    }

    /// <summary>Sends the person to a page: writes that this page, and no other, may go on.</summary>
    public async Task SendToAsync(InteractionPage page, Interaction interaction, CancellationToken cancellationToken)
    {
        var shown = page switch
        {
            InteractionPage.Login or InteractionPage.LoginAgain => JourneyPages.Login,
            InteractionPage.Consent => JourneyPages.Consent,
            _ => JourneyPages.None,
        };
        (interaction.Page, interaction.Shown) = (page, interaction.Shown | shown);
        if (await context.Interactions.Where(each => each.Id == interaction.Id)
            .ExecuteUpdateAsync(each => each
                .SetProperty(entity => entity.Page, page)
                .SetProperty(entity => entity.Shown, entity => entity.Shown | shown), cancellationToken) > 0)
        {
            return;
        }

        context.Interactions.Add(interaction);
        await context.SaveChangesAsync(cancellationToken);
    }

    /// <summary>Notes what a page was for. What this session has done before still counts; what another one has does not.</summary>
    public Task DoAsync(Interaction interaction, Guid sessionId, Steps step, CancellationToken cancellationToken)
    {
        var done = interaction.SessionId == sessionId ? interaction.Done | step : step;
        return context.Interactions.Where(each => each.Id == interaction.Id).ExecuteUpdateAsync(each => each
            .SetProperty(entity => entity.Done, done)
            .SetProperty(entity => entity.SessionId, sessionId)
            .SetProperty(entity => entity.Page, InteractionPage.None), cancellationToken);
    }

    /// <summary>What the current session has done for this request.</summary>
    public static Steps DoneBy(Guid? sessionId, Interaction? interaction) =>
        interaction is not null && sessionId is not null && interaction.SessionId == sessionId ? interaction.Done : Steps.None;

    /// <summary>
    /// Uses up what was done: of requests that come with the same handle at once, one may. Not cancellable: else who hangs up could come
    /// again.
    /// </summary>
    public async Task<bool> TryTakeAsync(Interaction? interaction, Steps done) =>
        done == Steps.None || interaction is null || await context.Interactions
        .Where(each => each.Id == interaction.Id && each.Done == done && each.SessionId == interaction.SessionId)
        .ExecuteUpdateAsync(each => each.SetProperty(entity => entity.Done, Steps.None), CancellationToken.None) == 1;
}
