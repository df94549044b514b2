using OpenIddict.EntityFrameworkCore.Models;

namespace Authly.Infrastructure.Persistence;

/// <summary>A registered client: OpenIddict's application.</summary>
internal sealed class Client : OpenIddictEntityFrameworkCoreApplication<Guid, Authorization, Token>
{
    /// <summary>As if it did not exist, with all its tokens inactive, until it is enabled again.</summary>
    public bool IsDisabled { get; set; }
}

/// <summary>A registered scope.</summary>
internal sealed class Scope : OpenIddictEntityFrameworkCoreScope<Guid>;

/// <summary>What one grant allows, the root of a token family.</summary>
internal sealed class Authorization : OpenIddictEntityFrameworkCoreAuthorization<Guid, Client, Token>
{
    /// <summary>The name of the column that OpenIddict's model has for its client.</summary>
    public const string ClientKey = "ApplicationId";

    /// <summary>
    /// The person's session that it was granted in, and so the session of all tokens of the family; null where there was no person.
    /// </summary>
    public Guid? SessionId { get; set; }

    /// <summary>What the parameter <c>claims</c> asked for and the client may have, JSON; null for most.</summary>
    public string? RequestedClaims { get; set; }
}

/// <summary>A code, access or refresh token.</summary>
internal sealed class Token : OpenIddictEntityFrameworkCoreToken<Guid, Client, Authorization>
{
    /// <summary>The names of the columns that OpenIddict's model has for its client and family.</summary>
    public const string ClientKey = "ApplicationId";
    public const string FamilyKey = "AuthorizationId";

    /// <summary>The refresh token that took its place when it was redeemed.</summary>
    public Guid? SuccessorId { get; set; }
}
