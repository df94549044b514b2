namespace Authly.Infrastructure.Protocol;

/// <summary>The protocol's endpoints, by the names that metrics have for them.</summary>
internal enum OAuthEndpoint
{
    Authorization,
    Token,
    Userinfo,
    Introspection,
    Revocation,
    EndSession,
    Discovery,
    Jwks,
}

internal enum ResponseType
{
    Other,
    Code,
}
