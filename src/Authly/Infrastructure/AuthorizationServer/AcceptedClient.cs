using Authly.Infrastructure.AuthorizationServer.Rules;
using Authly.Infrastructure.Http;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Protocol;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.AuthorizationServer;

/// <summary>Counts the client that has authenticated, once in a request.</summary>
internal sealed class AcceptedClient(
    IHttpContextAccessor accessor, ClientAuthenticationLog log, Instruments instruments, RateLimits limits)
{
    private bool _isCounted;

    /// <exception cref="RefusedException">The client asks too much: 429.</exception>
    /// <param name="registered">The method that its registration names; null where that names none.</param>
    public ValueTask CountAsync(string clientId, string? registered, string used, CancellationToken cancellationToken)
    {
        // A request that goes the long way after all has been counted on the plain one.
        if (_isCounted)
            return ValueTask.CompletedTask;
        _isCounted = true;
        instruments.ClientAuthenticated(ClientSecretCandidates.LabelOf(used), ClientAuthOutcome.Success);
        // Threat: anybody can name a public client, and would use up what is its users'.
        if (used == ClientAuthenticationMethods.None)
            return ValueTask.CompletedTask;
        if (registered is null)
            log.Unnamed(clientId, used);
        return limits.CountAsync(accessor.HttpContext!, clientId, cancellationToken);
    }
}
