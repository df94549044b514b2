using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Authly.Infrastructure.Http;
using Microsoft.AspNetCore.DataProtection;

namespace Authly.Infrastructure.AuthorizationServer;

/// <summary>What a person has done for one authorization request on the way through its pages.</summary>
[Flags]
internal enum Steps
{
    None = 0,
    SignedIn = 1,
    Consented = 2,
    Denied = 4,
}

/// <summary>What authorize asks of a page: made by us, after the request was validated, and sealed, so that nothing in it is a stranger's.</summary>
internal sealed record Interaction(string ReturnUrl, string ClientId, string ClientName, string[] Scopes, string RedirectUri, string? LoginHint, Guid? Session, Steps Done);

/// <summary>What a page brings back: for this request only, and for the session that did it.</summary>
internal sealed record Resolution(string Request, Guid Session, Steps Done);

/// <summary>
/// Carries an authorization request through sign-in and consent and back. The pages lead back to authorize, which decides again
/// from the beginning; a sealed resolution keeps <c>prompt=login</c> from asking forever without letting a browser skip it.
/// </summary>
internal sealed class Interactions(IDataProtectionProvider protection)
{
    public const string Parameter = "interaction";

    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(30);

    private readonly ITimeLimitedDataProtector _pages = protection.CreateProtector("Authly.Interaction.v1").ToTimeLimitedDataProtector();
    private readonly ITimeLimitedDataProtector _returns = protection.CreateProtector("Authly.Resolution.v1").ToTimeLimitedDataProtector();

    /// <summary>The page's URL, with what is asked of it.</summary>
    public string UrlOf(string page, Interaction interaction) => $"{page}?{Parameter}={Seal(_pages, interaction)}";

    /// <summary>What authorize asked; null when it was too long ago or is not ours.</summary>
    public Interaction? Read(string? sealedInteraction) => Unseal<Interaction>(_pages, sealedInteraction);

    /// <summary>The way back to authorize, with what was done. Threat: what another session did, in another browser, counts for nothing here.</summary>
    public string ReturnUrl(Interaction interaction, Guid session, Steps done) =>
        $"{interaction.ReturnUrl}&{Parameter}={Seal(_returns, new Resolution(Digest(interaction.ReturnUrl), session, interaction.Session == session ? interaction.Done | done : done))}";

    /// <summary>What the current session has done for this request.</summary>
    public Steps Done(string? sealedResolution, string returnUrl, Guid? session) =>
        Unseal<Resolution>(_returns, sealedResolution) is { } resolution && resolution.Request == Digest(returnUrl) && resolution.Session == session
            ? resolution.Done
            : Steps.None;

    /// <summary>The request as a URL of our own, without what a page brought back.</summary>
    public static string UrlOf(string path, ProtocolParameters parameters) => path + QueryString.Create(
        parameters.All.Where(pair => pair.Key != Parameter).Select(pair => new KeyValuePair<string, string?>(pair.Key, pair.Value)));

    private static string Digest(string url) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(url)));

    private static string Seal<T>(ITimeLimitedDataProtector protector, T value) => protector.Protect(JsonSerializer.Serialize(value), Lifetime);

    private static T? Unseal<T>(ITimeLimitedDataProtector protector, string? text) where T : class
    {
        if (string.IsNullOrEmpty(text))
            return null;
        try
        {
            return JsonSerializer.Deserialize<T>(protector.Unprotect(text));
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
