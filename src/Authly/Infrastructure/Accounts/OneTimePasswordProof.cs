using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;

namespace Authly.Infrastructure.Accounts;

/// <summary>
/// That a person may choose a password in the place of a one-time one: good for that version of the password, and so for one change.
/// </summary>
internal sealed record OneTimePasswordProof(Guid UserId, int PasswordVersion);

/// <summary>Proofs as a browser holds them: sealed, and good for a while.</summary>
internal sealed class OneTimePasswordProofs(IDataProtectionProvider protection)
{
    private readonly ITimeLimitedDataProtector _protector =
        protection.CreateProtector("Authly.OneTimePassword.v1").ToTimeLimitedDataProtector();

    public string Seal(OneTimePasswordProof proof, DateTimeOffset until) => _protector.Protect(JsonSerializer.Serialize(proof), until);

    /// <summary>What a text proves; null where it is none of ours, or no longer good.</summary>
    public OneTimePasswordProof? Open(string? text)
    {
        try
        {
            return JsonSerializer.Deserialize<OneTimePasswordProof>(_protector.Unprotect(text ?? ""));
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
