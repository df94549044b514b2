using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Authly.Infrastructure.Tokens;

/// <summary>A random reference that is given out in a token's place: 256 bits in 43 characters. The row has its hash only.</summary>
internal static class TokenReference
{
    public static string New() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    public static bool IsOne(string token) => token.Length == 43;

    public static string HashOf(string reference) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(reference)));
}
