using Authly.Infrastructure.Administration;
using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Protocol;
using MediatR;
using Microsoft.AspNetCore.Mvc;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Features.Clients;

public sealed class RegisterModel(IMediator mediator) : ConsolePage
{
    [BindProperty]
    public string? ClientId { get; set; }

    [BindProperty]
    public bool IsPublic { get; set; }

    [BindProperty]
    public ClientFields Fields { get; set; } = new();

    internal CreateClient.Response? Made { get; private set; }

    public async Task OnPostAsync(CancellationToken cancellationToken) => Made = await mediator.Send(
        new CreateClient.Command(Fields.Change(new ClientMetadata
        {
            ClientId = ClientId ?? "",
            ClientType = IsPublic ? ClientTypes.Public : ClientTypes.Confidential,
        })), cancellationToken);

    protected override Task LoadAsync(CancellationToken cancellationToken)
    {
        if (HttpMethods.IsGet(Request.Method))
            Fields = ClientFields.Of(new ClientMetadata { Scope = string.Join(' ', StandardScopes.All) });
        return Task.CompletedTask;
    }
}
