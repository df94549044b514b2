using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.Administration;
using MediatR;
using Microsoft.AspNetCore.Mvc;

namespace Authly.Features.People;

public sealed class CreateModel(IMediator mediator) : ConsolePage
{
    [BindProperty]
    public string? NewUsername { get; set; }

    /// <summary>One a line.</summary>
    [BindProperty]
    public string? Groups { get; set; }

    [BindProperty]
    public bool IsAdministrator { get; set; }

    internal OneTimePassword? Made { get; private set; }

    internal Invitation? Invited { get; private set; }

    public async Task OnPostAsync(CancellationToken cancellationToken) => Invited = await mediator.Send(
        new InvitePerson.Command(NewUsername ?? "", IsAdministrator, LinesOf(Groups)), cancellationToken);

    public async Task OnPostPasswordAsync(CancellationToken cancellationToken) => Made = await mediator.Send(
        new CreatePerson.Command(NewUsername ?? "", IsAdministrator, LinesOf(Groups)), cancellationToken);

    protected override Task LoadAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
