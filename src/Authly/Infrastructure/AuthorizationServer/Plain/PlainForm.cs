using System.Collections.Frozen;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.AuthorizationServer.Plain;

/// <summary>The form of a plain request.</summary>
/// <param name="permissions">What the client must have.</param>
/// <param name="needed">The parameters that must be there, beside those that authenticate the client.</param>
/// <param name="optional">Those that may.</param>
internal sealed class PlainForm(string[] permissions, string[] needed, string[]? optional = null)
{
    private readonly FrozenSet<string> _names =
        new[] { Parameters.ClientId, Parameters.ClientSecret }.Concat(needed).Concat(optional ?? []).ToFrozenSet(StringComparer.Ordinal);

    public IReadOnlyList<string> Permissions => permissions;

    public IReadOnlyList<string> Needed => needed;

    /// <summary>Whether the client may be one that has no secret, and says so.</summary>
    public bool MayBePublic { get; init; }

    public bool Has(string name) => _names.Contains(name);
}
