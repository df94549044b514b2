using Authly.Infrastructure.Keys;
using Authly.Infrastructure.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Validation;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Validation.OpenIddictValidationEvents;

namespace Authly.Infrastructure.Administration;

/// <summary>OpenIddict has the keys as they were at the start; the ring has them as they are.</summary>
internal sealed class VerifyByCurrentKeys(SigningKeyRing ring) : IOpenIddictValidationHandler<ValidateTokenContext>
{
    public ValueTask HandleAsync(ValidateTokenContext context)
    {
        context.TokenValidationParameters!.IssuerSigningKeys = ring.Current.Select(key => key.Credentials.Key);
        return ValueTask.CompletedTask;
    }
}

/// <summary>A token is good while its row, its family and its client are: what was revoked opens nothing from that moment on.</summary>
internal sealed class ValidateStoredToken(TokenEntries entries) : IOpenIddictValidationHandler<ValidateTokenContext>
{
    public async ValueTask HandleAsync(ValidateTokenContext context)
    {
        if (context.Principal?.FindFirst(Claims.JwtId)?.Value is not { } text || !Guid.TryParse(text, out var id)
            || await entries.FindAsync(id) is not
            {
                Type: TokenTypeIdentifiers.AccessToken, Status: Statuses.Valid, FamilyStatus: null or Statuses.Valid, ReferenceId: null,
            } entry)
        {
            context.Reject(Errors.InvalidToken, "The token is no longer valid.");
            return;
        }

        context.Principal.SetAuthorizationId(entry.FamilyId?.ToString());
    }
}
