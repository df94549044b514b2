using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.Http;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using MediatR;
using Microsoft.AspNetCore.Mvc;

namespace Authly.Features.Account;

[RateLimited(RateLimitedEndpoint.SignIn)]
public sealed class LoginModel(IMediator mediator, TimeProvider time) : AccountPage
{
    private static readonly TimeSpan ProofLifetime = TimeSpan.FromMinutes(10);

    [BindProperty]
    public string? Username { get; set; }

    [BindProperty]
    public string? Password { get; set; }

    [BindProperty]
    public string? NewPassword { get; set; }

    /// <summary>Sealed: that this person has just given a one-time password, and may choose a new one.</summary>
    [BindProperty]
    public string? Proof { get; set; }

    public string? ClientName { get; private set; }

    /// <summary>Who is signed in already and need not do it again; null where the form is for whoever comes.</summary>
    public string? SignedInAs { get; private set; }

    /// <summary>Where somebody who is signed in goes on.</summary>
    public string ContinueUrl { get; private set; } = "";

    /// <param name="another">Somebody else wants to sign in than who is signed in.</param>
    /// <param name="again">Whoever is signed in has to sign in anew.</param>
    /// <param name="ended">The person was signed out meanwhile.</param>
    public async Task<IActionResult> OnGetAsync(bool another, bool again, bool ended)
    {
        await ReadInteractionAsync(OAuthEndpoint.Authorization);
        if (IsInterrupted)
            return Interrupted();
        ClientName = Interaction?.ClientName;
        Username = again ? CurrentSession.From(User)?.Username : Interaction?.LoginHint;
        Problem = ended && CurrentSession.From(User) is null ? "You have been signed out in the meantime. Sign in again to go on." : null;
        if (!another && !again && Interaction?.Page != InteractionPage.LoginAgain && CurrentSession.From(User) is { } session)
        {
            SignedInAs = session.Username;
            ContinueUrl = Interaction is { } interaction ? UrlOf(interaction) : ReturnUrl ?? Url.Page(Pages.Account)!;
        }

        return Page();
    }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        await ReadInteractionAsync(OAuthEndpoint.Authorization);
        ClientName = Interaction?.ClientName;
        try
        {
            var response = await mediator.Send(
                new Login.Command(Username ?? "", Password ?? "", CurrentSession.From(User), OriginOf(Username)), cancellationToken);
            if (response.Session is { } session)
                return await SignInAsync(session);
            if (response.MustChoosePassword is { } proof)
            {
                ModelState.Clear();
                Proof = Proofs.Seal(proof, time.GetUtcNow() + ProofLifetime);
            }
            else
            {
                Problem = Login.Failed;
            }
        }
        catch (RefusedException refused) when (refused.Refusal.Error == ProtocolError.InvalidRequest)
        {
            Problem = refused.Message;
        }

        return Page();
    }

    public async Task<IActionResult> OnPostPasswordAsync(CancellationToken cancellationToken)
    {
        await ReadInteractionAsync(OAuthEndpoint.Authorization);
        if (Proofs.Open(Proof) is not { } proof)
            return Again();
        try
        {
            var response = await mediator.Send(
                new ChoosePassword.Command(proof.UserId, CurrentPassword: null, proof, NewPassword ?? "", OriginOf(Username)),
                cancellationToken);
            return response.Session is { } session ? await SignInAsync(session) : Again();
        }
        catch (RefusedException refused) when (refused.Refusal.Error == ProtocolError.InvalidRequest)
        {
            Problem = refused.Message;
            return Page();
        }
    }

    private RedirectToPageResult Again() => RedirectToPage(Pages.Login, new { interaction = Handle, @return = Return });
}
