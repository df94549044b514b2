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

    private NewPerson Person => new(NewUsername ?? "", IsAdministrator, LinesOf(Groups));

    internal OneTimePassword? Made { get; private set; }

    internal Invitation? Invited { get; private set; }

    public async Task OnPostAsync(CancellationToken cancellationToken) => Invited = await mediator.Send(
        new InvitePerson.Command(Person), cancellationToken);

    public async Task OnPostPasswordAsync(CancellationToken cancellationToken) => Made = await mediator.Send(
        new CreatePerson.Command(Person), cancellationToken);

    protected override Task LoadAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
