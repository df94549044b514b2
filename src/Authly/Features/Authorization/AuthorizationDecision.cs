using System.Globalization;
using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Features.Authorization;

/// <summary>What an authorization request needs next, as data.</summary>
internal abstract record AuthorizationDecision
{
    public sealed record SignIn : AuthorizationDecision;

    public sealed record Login : AuthorizationDecision;

    public sealed record Consent : AuthorizationDecision;

    public sealed record Refuse(Refusal Refusal) : AuthorizationDecision
    {
        public Refuse(ProtocolError error, string description) : this(new Refusal(error, description))
        {
        }
    }

    /// <summary>
    /// Decides from the request, the session and what the person has done for this request already: <c>prompt</c>, <c>max_age</c>
    /// and <c>id_token_hint</c> as OpenID Connect Core §3.1.2.1 says.
    /// </summary>
    public static AuthorizationDecision Of(
        OpenIddictRequest request, CurrentSession? session, WantedPerson wanted, bool consented, Steps done, DateTimeOffset now)
    {
        var silent = request.HasPromptValue(PromptValues.None);
        if (!TryReadMaxAge(request, out var maxAge))
            return new Refuse(ProtocolError.InvalidRequest, "The 'max_age' is not a number of seconds.");

        var signedIn = done.HasFlag(Steps.SignedIn);
        var mustSignIn = session is null
            || wanted.IsOther(Subjects.Of(session.UserId, request.ClientId!))
            // Threat: a hint that cannot be read names somebody; whoever is signed in must not pass for them unseen.
            || (!signedIn && wanted is { IsHintGiven: true, HintedSubject: null })
            || (!signedIn && (request.HasPromptValue(PromptValues.Login) || request.HasPromptValue(PromptValues.SelectAccount)
                || (maxAge is { } age && now - session.AuthenticatedAt >= age)));
        if (mustSignIn)
        {
            return silent ? new Refuse(ProtocolError.LoginRequired, "The person must sign in.")
                : signedIn && session is not null
                    ? new Refuse(ProtocolError.LoginRequired, "Another person signed in than the one that was asked for.")
                : new Login();
        }

        if (!wanted.IsSatisfiedBy(session!.Level))
            return new Refuse(ProtocolError.UnmetAuthenticationRequirements, "No sign-in here is of the essential 'acr'.");
        if (done.HasFlag(Steps.Denied))
            return new Refuse(ProtocolError.AccessDenied, "The person did not allow it.");
        if (consented && (done.HasFlag(Steps.Consented) || !request.HasPromptValue(PromptValues.Consent)))
            return new SignIn();
        return silent ? new Refuse(ProtocolError.ConsentRequired, "The person must consent.") : new Consent();
    }

    private static bool TryReadMaxAge(OpenIddictRequest request, out TimeSpan? maxAge)
    {
        maxAge = null;
        if ((string?)request[Parameters.MaxAge] is not { Length: > 0 } text)
            return true;
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            return false;
        // No session is as old as that, and a TimeSpan ends there.
        maxAge = TimeSpan.FromSeconds(Math.Min(seconds, int.MaxValue));
        return true;
    }
}

/// <summary>
/// Whom a request wants: named by its <c>id_token_hint</c> (nobody where that is not an id token of ours) or by a value of the claim
/// <c>sub</c>, and signed in as the essential claim <c>acr</c> demands (OpenID Connect Core §5.5.1.1).
/// </summary>
internal sealed record WantedPerson(bool IsHintGiven, string? HintedSubject, ClaimsRequest Requested)
{
    /// <summary>Whether this is none of those whom the request names.</summary>
    public bool IsOther(string subject) => (HintedSubject is not null && HintedSubject != subject)
        || Requested.IdToken.Concat(Requested.Userinfo).Any(claim => claim is { Name: Claims.Subject, Values.Count: > 0 }
            && !claim.Values.Contains(subject));

    public bool IsSatisfiedBy(string level) => Requested.IdToken.All(claim =>
        claim is not { Name: Claims.AuthenticationContextReference, IsEssential: true, Values.Count: > 0 } || claim.Values.Contains(level));
}
