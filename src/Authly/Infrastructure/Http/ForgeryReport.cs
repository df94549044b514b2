using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Microsoft.AspNetCore.Mvc.Core.Infrastructure;
using Microsoft.AspNetCore.Mvc.Filters;

namespace Authly.Infrastructure.Http;

/// <summary>Tells of a form that came without its antiforgery token, or with another's.</summary>
internal sealed class ForgeryReport : IAsyncAlwaysRunResultFilter
{
    public async Task OnResultExecutionAsync(ResultExecutingContext context, ResultExecutionDelegate next)
    {
        if (context.Result is IAntiforgeryValidationFailedResult)
        {
            await context.HttpContext.RequestServices.GetRequiredService<AuditLog>()
                .RecordAsync(new AuditEntry(SecurityEvent.CsrfFailed, ActorKind.Anonymous));
        }

        await next();
    }
}
