using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Authly.Infrastructure.Persistence;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.Clients;

/// <summary>What a registration says, read once for each version of its row.</summary>
internal sealed class KnownClient
{
    private static readonly ConditionalWeakTable<Client, KnownClient> Parsed = [];

    // Threat: a setting that OpenIddict, or a feature that comes later, would have looked at.
    private static readonly FrozenSet<string> Known = new[]
    {
        ClientSettings.AuthMethod, ClientSettings.IdTokenAlgorithm, ClientSettings.Resources, ClientSettings.ClaimsInIdToken,
        ClientSettings.RefreshTokenGrace, ClientSettings.RequireNonce, ClientSettings.RequireOfflineAccess,
        ClientSettings.PrivateUseSchemes,
        // Only the current secret is proven here.
        ClientSettings.PreviousSecret, ClientSettings.PreviousSecretUntil,
    }.ToFrozenSet(StringComparer.Ordinal);

    private readonly FrozenSet<string> _permissions;

    private KnownClient(Client row)
    {
        Row = row;
        _permissions = (row.Permissions is { Length: > 0 } json ? JsonSerializer.Deserialize<string[]>(json)! : []).ToFrozenSet();
        var settings = row.Settings is { Length: > 0 } text ? JsonSerializer.Deserialize<ImmutableDictionary<string, string>>(text)! : [];
        var requirements = row.Requirements is { Length: > 0 } list ? JsonSerializer.Deserialize<string[]>(list)! : [];
        IsUnderstood = settings.Keys.All(Known.Contains) && row.JsonWebKeySet is null
            && requirements.All(requirement => requirement == Requirements.Features.ProofKeyForCodeExchange);
        AuthMethod = settings.GetValueOrDefault(ClientSettings.AuthMethod);
        Resources = settings.List(ClientSettings.Resources);
        IdTokenAlgorithm = settings.GetValueOrDefault(ClientSettings.IdTokenAlgorithm);
        HasClaimsInIdToken = settings.Is(ClientSettings.ClaimsInIdToken, otherwise: false);
        NeedsOfflineAccess = settings.Is(ClientSettings.RequireOfflineAccess, otherwise: true);
    }

    public Client Row { get; }

    public string Id => Row.ClientId!;

    /// <summary>Whether it asks for nothing that is not known here.</summary>
    public bool IsUnderstood { get; }

    public string? AuthMethod { get; }

    public IReadOnlyList<string> Resources { get; }

    public string? IdTokenAlgorithm { get; }

    public bool HasClaimsInIdToken { get; }

    /// <summary>Whether only who was granted <c>offline_access</c> gets refresh tokens.</summary>
    public bool NeedsOfflineAccess { get; }

    public static KnownClient Of(Client row) => Parsed.GetValue(row, static each => new KnownClient(each));

    public bool May(string permission) => _permissions.Contains(permission);
}
