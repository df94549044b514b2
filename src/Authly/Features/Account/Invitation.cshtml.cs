using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.Http;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Protocol;
using MediatR;
using Microsoft.AspNetCore.Mvc;

namespace Authly.Features.Account;

/// <summary>
/// Somebody who was invited chooses a password. Opening the link changes nothing: mail programs open links, too.
/// </summary>
[RateLimited(RateLimitedEndpoint.Password)]
public sealed class InvitationModel(IMediator mediator) : AccountPage
{
    [BindProperty(SupportsGet = true, Name = Invitations.Parameter)]
    public string? Proof { get; set; }

    [BindProperty]
    public string? NewPassword { get; set; }

    /// <summary>Who was invited; null where the link is no longer good.</summary>
    public string? Username { get; private set; }

    public async Task OnGetAsync(CancellationToken cancellationToken) =>
        Username = (await mediator.Send(new GetInvitation.Query(Proofs.Open(Proof)), cancellationToken)).Username;

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        var proof = Proofs.Open(Proof);
        Username = (await mediator.Send(new GetInvitation.Query(proof), cancellationToken)).Username;
        if (proof is null || Username is null)
            return Page();
        try
        {
            var response = await mediator.Send(new ChoosePassword.Command(
                proof.UserId, CurrentPassword: null, proof, NewPassword ?? "", OriginOf(Username)), cancellationToken);
            if (response.Session is { } session)
                return await SignInAsync(session);
            Username = null;
        }
        catch (RefusedException refused) when (refused.Refusal.Error == ProtocolError.InvalidRequest)
        {
            Problem = refused.Message;
        }

        return Page();
    }
}
