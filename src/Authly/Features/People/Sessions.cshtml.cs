using Authly.Infrastructure.Administration;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Protocol;
using MediatR;
using Microsoft.AspNetCore.Mvc;

namespace Authly.Features.People;

public sealed class SessionsModel(IMediator mediator) : ConsolePage
{
    [BindProperty(SupportsGet = true, Name = "username")]
    public string? Name { get; set; }

    [BindProperty(SupportsGet = true)]
    public Guid? After { get; set; }

    internal ListSessions.Response List { get; private set; } = new([], Next: null);

    public bool IsUnknown { get; private set; }

    public async Task<IActionResult> OnPostEndAsync(Guid sid, CancellationToken cancellationToken)
    {
        await mediator.Send(new EndSessions.Command(sid, Username: null), cancellationToken);
        return Done(null, ("username", Name));
    }

    public async Task<IActionResult> OnPostEndAllAsync(CancellationToken cancellationToken)
    {
        await mediator.Send(new EndSessions.Command(Sid: null, Name), cancellationToken);
        return Done(null, ("username", Name));
    }

    public override string? NextPage => List.Next?.ToString();

    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        try
        {
            List = await mediator.Send(new ListSessions.Query(Name, After, PageSize.Usual), cancellationToken);
        }
        catch (RefusedException refused) when (refused.Refusal.Status == StatusCodes.Status404NotFound)
        {
            IsUnknown = true;
        }
    }
}
