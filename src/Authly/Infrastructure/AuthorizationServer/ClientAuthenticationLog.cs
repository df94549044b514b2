using System.Collections.Concurrent;
using Authly.Infrastructure.Clients;

namespace Authly.Infrastructure.AuthorizationServer;

/// <summary>
/// Says which client authenticates how, for whoever asks why one cannot get in: registered clients only, and the same once in a while, so
/// that nobody fills the log.
/// </summary>
internal sealed class ClientAuthenticationLog(Registrations registrations, TimeProvider time, ILogger<ClientAuthenticationLog> logger)
{
    private static readonly TimeSpan BetweenFailures = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan BetweenHints = TimeSpan.FromDays(1);
    private const int MostRemembered = 10_000;

    private readonly ConcurrentDictionary<(string ClientId, string Method, bool Failed), long> _said = new();

    public void Failed(string? clientId, string method)
    {
        // Threat: an id that nobody registered is text of the sender's.
        if (clientId is not null && registrations.KnownClient(clientId) is not null && IsDue((clientId, method, true), BetweenFailures))
            logger.LogWarning("Client {ClientId} failed to authenticate by {Method}", clientId, method);
    }

    /// <summary>A client whose registration names no method.</summary>
    public void Unnamed(string clientId, string method)
    {
        if (IsDue((clientId, method, false), BetweenHints))
            logger.LogInformation(
                "Client {ClientId} authenticates by {Method}, and its registration names no token_endpoint_auth_method", clientId, method);
    }

    /// <summary>A client that sends neither PKCE nor a nonce: nothing binds its codes to the browser that asked for them.</summary>
    public void Unbound(string clientId)
    {
        if (IsDue((clientId, "code", true), BetweenFailures))
            logger.LogWarning("Client {ClientId} sends neither a code_challenge (PKCE) nor a nonce", clientId);
    }

    private bool IsDue((string, string, bool) what, TimeSpan between)
    {
        if (_said.TryGetValue(what, out var last) && time.GetElapsedTime(last) < between)
            return false;
        if (_said.Count > MostRemembered)
            _said.Clear();
        _said[what] = time.GetTimestamp();
        return true;
    }
}
