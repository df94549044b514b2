namespace Authly.Infrastructure.Protocol;

internal enum TokenKind
{
    Other,
    Access,
    Refresh,
    Id,
    Code,
}
