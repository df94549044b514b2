using Authly.Infrastructure.Protocol;
using MediatR;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Mvc;

namespace Authly.Features.Account;

public sealed class LoginModel(IMediator mediator, IDataProtectionProvider protection) : AccountPage
{
    private static readonly TimeSpan ProofLifetime = TimeSpan.FromMinutes(10);

    private readonly ITimeLimitedDataProtector _proofs = protection.CreateProtector("Authly.OneTimePassword.v1").ToTimeLimitedDataProtector();

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

    public void OnGet()
    {
        ReadInteraction();
        ClientName = Interaction?.ClientName;
        Username = Interaction?.LoginHint;
    }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        ReadInteraction();
        ClientName = Interaction?.ClientName;
        try
        {
            var response = await mediator.Send(new Login.Command(Username ?? "", Password ?? ""), cancellationToken);
            if (response.Session is { } session)
                return await SignInAsync(session);
            if (response.MustChoosePassword is { } user)
            {
                ModelState.Clear();
                Proof = _proofs.Protect(user.ToString(), ProofLifetime);
            }
            else
            {
                Problem = Login.Failed;
            }
        }
        catch (Refusal refusal)
        {
            Problem = refusal.Message;
        }

        return Page();
    }

    public async Task<IActionResult> OnPostPasswordAsync(CancellationToken cancellationToken)
    {
        ReadInteraction();
        if (!TryReadProof(out var user))
            return RedirectToPage("/Account/Login", new { interaction = SealedInteraction });
        try
        {
            var response = await mediator.Send(new ChoosePassword.Command(user, CurrentPassword: null, NewPassword ?? ""), cancellationToken);
            return response.Session is { } session
                ? await SignInAsync(session)
                : RedirectToPage("/Account/Login", new { interaction = SealedInteraction });
        }
        catch (Refusal refusal)
        {
            Problem = refusal.Message;
            return Page();
        }
    }

    private bool TryReadProof(out Guid user)
    {
        try
        {
            return Guid.TryParse(_proofs.Unprotect(Proof ?? ""), out user);
        }
        catch (System.Security.Cryptography.CryptographicException)
        {
            user = default;
            return false;
        }
    }
}
