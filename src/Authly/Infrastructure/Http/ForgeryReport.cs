using Authly.Infrastructure.Observability;
using Microsoft.AspNetCore.Mvc.Core.Infrastructure;
using Microsoft.AspNetCore.Mvc.Filters;

namespace Authly.Infrastructure.Http;

/// <summary>Tells of a form that came without its antiforgery token, or with another's.</summary>
internal sealed class ForgeryReport(SecurityEvents events) : IAsyncAlwaysRunResultFilter
{
    public async Task OnResultExecutionAsync(ResultExecutingContext context, ResultExecutionDelegate next)
    {
        if (context.Result is IAntiforgeryValidationFailedResult)
            events.Report(SecurityEvent.CsrfFailed);
        await next();
    }
}
