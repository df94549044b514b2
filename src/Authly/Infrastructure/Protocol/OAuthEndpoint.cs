namespace Authly.Infrastructure.Protocol;

internal enum OAuthEndpoint
{
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
