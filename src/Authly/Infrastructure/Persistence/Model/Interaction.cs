using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Protocol;

namespace Authly.Infrastructure.Persistence;

/// <summary>The page that an interaction has sent its person to.</summary>
internal enum InteractionPage
{
    /// <summary>None: back at the endpoint, which decides what is next.</summary>
    None,
    Login,

    /// <summary>The sign-in of somebody who is signed in already, and is to prove it anew or to be another.</summary>
    LoginAgain,
    Consent,
    Logout,
}

/// <summary>What a person has done for one request on the way through its pages.</summary>
[Flags]
internal enum Steps
{
    None = 0,
    SignedIn = 1,
    Consented = 2,
    Denied = 4,
}

/// <summary>A validated request of an application that waits for a person: a row, so that a URL needs no more than its handle.</summary>
internal sealed class Interaction
{
    /// <summary>128 bits, random: it is the handle.</summary>
    public Guid Id { get; set; }

    /// <summary>The endpoint whose request it is, and so whose pages it is for.</summary>
    public OAuthEndpoint Endpoint { get; init; }

    public InteractionPage Page { get; set; }

    /// <summary>The request's parameters as a query string.</summary>
    public required string Request { get; init; }

    public required string ClientId { get; init; }

    public string ClientName { get; init; } = "";

    /// <summary>Scope names, separated by spaces.</summary>
    public string Scopes { get; init; } = "";

    /// <summary>The proven URI that the answer goes to; empty where there is none.</summary>
    public required string RedirectUri { get; init; }

    /// <summary>Where a sign-out's request wanted the person to go, and may not: it is not registered.</summary>
    public string? RefusedUri { get; init; }

    public string? LoginHint { get; init; }

    /// <summary>The session that has done the steps. Threat: what another one did, in another browser, counts for nothing.</summary>
    public Guid? SessionId { get; set; }

    public Steps Done { get; set; }

    /// <summary>The pages that it has led its person through.</summary>
    public JourneyPages Shown { get; set; }

    /// <summary>It has been answered, or given up: what comes with its handle still is counted no more.</summary>
    public bool IsEnded { get; set; }

    public DateTime ExpiresAt { get; set; }
}
