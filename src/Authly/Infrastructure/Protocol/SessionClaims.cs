namespace Authly.Infrastructure.Protocol;

internal static class SessionClaims
{
    /// <summary>The session's id (OpenID Connect Front-Channel Logout §3); OpenIddict has no constant for it.</summary>
    public const string Id = "sid";
}
