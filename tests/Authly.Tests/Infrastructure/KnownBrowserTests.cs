using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.Configuration;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;

namespace Authly.Tests.Infrastructure;

/// <summary>Which accounts a browser is known to.</summary>
public sealed class KnownBrowserTests
{
    private readonly KnownBrowsers _browsers = new(
        new EphemeralDataProtectionProvider(), new AuthlyOptions { Issuer = "http://localhost" });
    private string _cookies = "";

    [Fact]
    public void A_browser_is_known_to_the_last_eight_accounts_that_signed_in_by_it()
    {
        for (var account = 0; account < 12; account++)
            SignIn($"person-{account}");
        Assert.Equal(Enumerable.Range(4, 8), Enumerable.Range(0, 12).Where(account => IsKnownTo($"person-{account}")));
    }

    [Fact]
    public void Names_of_any_length_and_script_fit_into_the_cookie()
    {
        for (var account = 0; account < 8; account++)
            SignIn(new string('語', 255) + account);
        Assert.True(_cookies.Length < 4096, $"The browser would not keep {_cookies.Length} bytes.");
        Assert.All(Enumerable.Range(0, 8), account => Assert.True(IsKnownTo(new string('語', 255) + account)));
    }

    private void SignIn(string username)
    {
        var http = Request();
        _browsers.Remember(http, username);
        _cookies = http.Response.Headers.SetCookie.ToString().Split(';')[0];
    }

    private bool IsKnownTo(string username) => _browsers.OriginOf(Request(), username).Browser is not null;

    private DefaultHttpContext Request()
    {
        var http = new DefaultHttpContext();
        http.Request.Headers.Cookie = _cookies;
        return http;
    }
}
