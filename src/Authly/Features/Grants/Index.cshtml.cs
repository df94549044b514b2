using Authly.Infrastructure.Administration;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Protocol;
using MediatR;
using Microsoft.AspNetCore.Mvc;

namespace Authly.Features.Grants;

public sealed class IndexModel(IMediator mediator) : ConsolePage
{
    [BindProperty(SupportsGet = true)]
    public string? Username { get; set; }

    [BindProperty(SupportsGet = true, Name = "client_id")]
    public string? ClientId { get; set; }

    /// <summary>The <c>jti</c> of a token, as it was typed.</summary>
    [BindProperty(SupportsGet = true, Name = "token_id")]
    public string? TokenId { get; set; }

    [BindProperty(SupportsGet = true)]
    public Guid? After { get; set; }

    internal ListGrants.Response List { get; private set; } = new([], Next: null);

    /// <summary>Why nothing is found.</summary>
    public string? Fault { get; private set; }

    /// <summary>Whose grants are shown; null for everybody's.</summary>
    public string? Whose => (Username?.Trim(), ClientId?.Trim()) switch
    {
        (null, null) => null,
        ({ } username, null) => $"of {username}",
        (null, { } client) => $"to {client}",
        var (username, client) => $"of {username} to {client}",
    };

    public async Task<IActionResult> OnPostRevokeAsync(Guid id, CancellationToken cancellationToken)
    {
        await mediator.Send(new RevokeGrants.Command(id, Username: null, ClientId: null), cancellationToken);
        return Again();
    }

    public async Task<IActionResult> OnPostRevokeAllAsync(CancellationToken cancellationToken)
    {
        await mediator.Send(new RevokeGrants.Command(Id: null, Username?.Trim(), ClientId?.Trim()), cancellationToken);
        return Again();
    }

    public override string? NextPage => List.Next?.ToString();

    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        Guid? token = null;
        if (TokenId?.Trim() is { } text)
        {
            if (!Guid.TryParse(text, out var id))
            {
                Fault = "That is no jti of a token of this server.";
                return;
            }

            token = id;
        }

        try
        {
            List = await mediator.Send(
                new ListGrants.Query(Username?.Trim(), ClientId?.Trim(), token, After, PageSize.Usual), cancellationToken);
        }
        catch (RefusedException refused) when (refused.Refusal.Status == StatusCodes.Status404NotFound)
        {
            Fault = refused.Message;
        }
    }

    private RedirectToPageResult Again() => Done(null, ("username", Username?.Trim()), ("client_id", ClientId?.Trim()));
}
