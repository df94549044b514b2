using System.Text.Json;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.AuthorizationServer.Plain;

/// <summary>The members of a token response (RFC 6749 §5.1).</summary>
internal sealed record PlainAnswer(string AccessToken, long ExpiresIn, string? Scope, string? IdToken = null, string? RefreshToken = null)
{
    /// <summary>In OpenIddict's order.</summary>
    public void WriteTo(Utf8JsonWriter writer)
    {
        writer.WriteString(Parameters.AccessToken, AccessToken);
        writer.WriteString(Parameters.TokenType, TokenTypes.Bearer);
        writer.WriteNumber(Parameters.ExpiresIn, ExpiresIn);
        if (Scope is not null)
            writer.WriteString(Parameters.Scope, Scope);
        if (IdToken is not null)
            writer.WriteString(Parameters.IdToken, IdToken);
        if (RefreshToken is not null)
            writer.WriteString(Parameters.RefreshToken, RefreshToken);
    }
}
