using System.Buffers;
using System.Buffers.Text;
using System.Security.Claims;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Options;
using OpenIddict.Server.DataProtection;
using static OpenIddict.Server.DataProtection.OpenIddictServerDataProtectionConstants;

namespace Authly.Infrastructure.AuthorizationServer.Plain;

/// <summary>
/// Refresh tokens and what codes stand for, as OpenIddict protects them: in its format, under its purposes, with the same keys.
/// </summary>
internal sealed class ProtectedTokens(IOptions<OpenIddictServerDataProtectionOptions> options)
{
    private static readonly SearchValues<char> Alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    private readonly IDataProtector _refreshTokens = options.Value.DataProtectionProvider.CreateProtector(
        [Purposes.Handlers.Server, Purposes.Formats.RefreshToken, Purposes.Schemes.Server]);

    private readonly IDataProtector _codes = options.Value.DataProtectionProvider.CreateProtector(
        [Purposes.Handlers.Server, Purposes.Formats.AuthorizationCode, Purposes.Features.ReferenceTokens, Purposes.Schemes.Server]);

    public string WriteRefreshToken(ClaimsPrincipal principal)
    {
        using var buffer = new MemoryStream();
        using var writer = new BinaryWriter(buffer);
        options.Value.Formatter.WriteToken(writer, principal);
        return Base64Url.EncodeToString(_refreshTokens.Protect(buffer.ToArray()));
    }

    /// <summary>What a refresh token says; null where it is none of ours.</summary>
    public ClaimsPrincipal? ReadRefreshToken(string token) => Read(_refreshTokens, token);

    /// <summary>What the payload of a code's row says; null where it is none of ours.</summary>
    public ClaimsPrincipal? ReadCode(string payload) => Read(_codes, payload);

    private ClaimsPrincipal? Read(IDataProtector protector, string token)
    {
        // The decoder skips white space and padding; OpenIddict does not take them.
        if (token.AsSpan().ContainsAnyExcept(Alphabet) || !Base64Url.IsValid(token))
            return null;
        try
        {
            using var reader = new BinaryReader(new MemoryStream(protector.Unprotect(Base64Url.DecodeFromChars(token))));
            return options.Value.Formatter.ReadToken(reader);
        }
        // Whatever it is, OpenIddict will say it.
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return null;
        }
    }
}
