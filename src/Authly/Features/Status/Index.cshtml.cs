using Authly.Infrastructure.Administration;
using MediatR;

namespace Authly.Features.Status;

public sealed class IndexModel(IMediator mediator) : ConsolePage
{
    internal GetStatus.Response Status { get; private set; } = null!;

    protected override async Task LoadAsync(CancellationToken cancellationToken) =>
        Status = await mediator.Send(new GetStatus.Query(), cancellationToken);
}
