using Authly.Infrastructure.Administration;
using Authly.Infrastructure.Mediation;
using MediatR;
using Microsoft.AspNetCore.Mvc;

namespace Authly.Features.People;

public sealed class IndexModel(IMediator mediator) : ConsolePage
{
    [BindProperty(SupportsGet = true)]
    public string? Search { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? After { get; set; }

    internal ListPeople.Response List { get; private set; } = new([], Next: null);

    public override string? NextPage => List.Next;

    protected override async Task LoadAsync(CancellationToken cancellationToken) =>
        List = await mediator.Send(new ListPeople.Query(Search, After, PageSize.Usual), cancellationToken);
}
