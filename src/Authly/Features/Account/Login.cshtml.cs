using System.Security.Cryptography;
using System.Text.Json;
using Authly.Infrastructure.Http;
using Authly.Infrastructure.Protocol;
using MediatR;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Mvc;

namespace Authly.Features.Account;

public sealed class LoginModel(IMediator mediator, IDataProtectionProvider protection) : AccountPage
{
    private static readonly TimeSpan ProofLifetime = TimeSpan.FromMinutes(10);

    private readonly ITimeLimitedDataProtector _proofs = protection.CreateProtector("Authly.OneTimePassword.v1")
        .ToTimeLimitedDataProtector();

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

    public async Task OnGetAsync()
    {
        await ReadInteractionAsync(OAuthEndpoint.Authorization);
        ClientName = Interaction?.ClientName;
        Username = Interaction?.LoginHint;
    }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        await ReadInteractionAsync(OAuthEndpoint.Authorization);
        ClientName = Interaction?.ClientName;
        try
        {
            var response = await mediator.Send(new Login.Command(Username ?? "", Password ?? ""), cancellationToken);
            if (response.Session is { } session)
                return await SignInAsync(session);
            if (response.MustChoosePassword is { } proof)
            {
                ModelState.Clear();
                Proof = _proofs.Protect(JsonSerializer.Serialize(proof), ProofLifetime);
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
        if (ReadProof() is not { } proof)
            return Again();
        try
        {
            var response = await mediator.Send(
                new ChoosePassword.Command(proof.UserId, CurrentPassword: null, proof, NewPassword ?? ""), cancellationToken);
            return response.Session is { } session ? await SignInAsync(session) : Again();
        }
        catch (RefusedException refused) when (refused.Refusal.Error == ProtocolError.InvalidRequest)
        {
            Problem = refused.Message;
            return Page();
        }
    }

    private RedirectToPageResult Again() => RedirectToPage(Pages.Login, new { interaction = Handle });

    private OneTimePasswordProof? ReadProof()
    {
        try
        {
            return JsonSerializer.Deserialize<OneTimePasswordProof>(_proofs.Unprotect(Proof ?? ""));
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
