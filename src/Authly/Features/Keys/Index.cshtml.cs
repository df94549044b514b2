using Authly.Infrastructure.Administration;
using Authly.Infrastructure.Keys;
using MediatR;
using Microsoft.AspNetCore.Mvc;

namespace Authly.Features.Keys;

public sealed class IndexModel(IMediator mediator) : ConsolePage
{
    internal IReadOnlyList<ListedKey> Keys { get; private set; } = [];

    public Task<IActionResult> OnPostRotateAsync(CancellationToken cancellationToken) => RotateAsync(withdraws: false, cancellationToken);

    public Task<IActionResult> OnPostWithdrawAsync(CancellationToken cancellationToken) => RotateAsync(withdraws: true, cancellationToken);

    protected override async Task LoadAsync(CancellationToken cancellationToken) =>
        Keys = (await mediator.Send(new ListKeys.Query(), cancellationToken)).Keys;

    private async Task<IActionResult> RotateAsync(bool withdraws, CancellationToken cancellationToken)
    {
        await mediator.Send(new RotateKeys.Command(withdraws), cancellationToken);
        return Done();
    }
}
