using Authly.Infrastructure.Observability;
using MediatR;
using Microsoft.AspNetCore.Mvc.Core.Infrastructure;
using Microsoft.AspNetCore.Mvc.Filters;

namespace Authly.Infrastructure.Http;

/// <summary>Tells of a form that came without its antiforgery token, or with another's.</summary>
internal sealed class ForgeryReport(IMediator mediator) : IAsyncAlwaysRunResultFilter
{
    public async Task OnResultExecutionAsync(ResultExecutingContext context, ResultExecutionDelegate next)
    {
        if (context.Result is IAntiforgeryValidationFailedResult)
            await mediator.Publish(SecurityEvent.CsrfFailed, CancellationToken.None);
        await next();
    }
}
