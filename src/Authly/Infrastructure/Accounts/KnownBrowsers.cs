using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Protocol;
using Microsoft.AspNetCore.DataProtection;

namespace Authly.Infrastructure.Accounts;

/// <summary>
/// Remembers in a sealed cookie by which accounts a browser has signed in: their failures there count by themselves. It proves nothing
/// else, and signs nobody in.
/// </summary>
internal sealed class KnownBrowsers(IDataProtectionProvider protection, AuthlyOptions options)
{
    private const int MostAccounts = 8;

    private readonly ITimeLimitedDataProtector _protector = protection.CreateProtector("Authly.KnownBrowser.v1")
        .ToTimeLimitedDataProtector();
    private readonly string _cookie = AccountExtensions.CookieName(options, "browser");

    /// <summary>Where a try to sign in by an account comes from.</summary>
    public SignInOrigin OriginOf(HttpContext http, string username) => new(
        // Threat: to prepare a name takes time that grows with the square of its length. One that long is nobody's.
        username.Trim().Length > UserAccounts.MaximumUsernameLength ? null : Read(http).GetValueOrDefault(KeyOf(username)),
        NetworkAddress.NetworkOf(http.Connection.RemoteIpAddress));

    /// <summary>Lets the browser be known to an account that has just signed in by it.</summary>
    public void Remember(HttpContext http, string username)
    {
        var (accounts, key) = (Read(http), KeyOf(username));
        if (accounts.ContainsKey(key))
            return;
        // Written anew, because a dictionary puts what is added where something was removed: the oldest stay first.
        if (accounts.Count >= MostAccounts)
            accounts = new Dictionary<string, string>(accounts.Skip(accounts.Count - MostAccounts + 1));
        accounts[key] = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        http.Response.Cookies.Append(_cookie, _protector.Protect(JsonSerializer.Serialize(accounts), options.SignIn.BrowserLifetime),
            AccountExtensions.CookieOptions(options, options.SignIn.BrowserLifetime));
    }

    // As long for every name: a cookie that is too large is none.
    private static string KeyOf(string username) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(UserAccounts.Normalize(username))).AsSpan(0, 16));

    private Dictionary<string, string> Read(HttpContext http)
    {
        try
        {
            return http.Request.Cookies[_cookie] is { Length: > 0 and < 4096 } text
                ? JsonSerializer.Deserialize<Dictionary<string, string>>(_protector.Unprotect(text))! : [];
        }
        catch (CryptographicException)
        {
            return [];
        }
    }
}
