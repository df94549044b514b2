using Authly.Infrastructure.Administration;
using Authly.Infrastructure.Http;
using MediatR;

namespace Authly.Features.Insights;

/// <summary>The console's first page: what Prometheus would see of this instance, drawn.</summary>
public sealed class ConsoleModel(IMediator mediator) : ConsolePage
{
    internal GetInsights.Response Insights { get; private set; } = new([], []);

    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        Insights = await mediator.Send(new GetInsights.Query(), cancellationToken);
        Response.Headers.ContentSecurityPolicy = SecurityHeaders.WithOwnScripts;
    }
}
