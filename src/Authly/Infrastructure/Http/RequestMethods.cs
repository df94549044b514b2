using Authly.Infrastructure.Mediation;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Authly.Infrastructure.Http;

/// <summary>
/// HEAD is answered wherever GET is (RFC 9110 §9.3.2). A page answers these two and the POST of its forms; any other method is a 405 that
/// names them.
/// </summary>
internal sealed class RequestMethods(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext http)
    {
        var request = http.Request;
        var metadata = http.GetEndpoint()?.Metadata;
        if (metadata?.GetMetadata<CompiledPageActionDescriptor>() is { } page && !IsAnswered(page, request.Method))
        {
            http.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            http.Response.Headers.Allow = TakesForms(page) ? "GET, HEAD, POST" : "GET, HEAD";
            return;
        }

        if (!HttpMethods.IsHead(request.Method)
            || metadata?.GetMetadata<EndpointDeclaration>()?.Methods.Contains(HttpMethods.Get) is not true)
        {
            await next(http);
            return;
        }

        // What GET does at the front channel is done for a person who waits: a link checker's HEAD does nothing (RFC 9110 §9.2.1).
        if (metadata.GetMetadata<EndpointDeclaration>() is { Errors: ErrorStyle.Page })
            return;

        // Kestrel knows what was asked for, and keeps the body back.
        request.Method = HttpMethods.Get;
        try
        {
            await next(http);
        }
        finally
        {
            request.Method = HttpMethods.Head;
        }
    }

    private static bool IsAnswered(CompiledPageActionDescriptor page, string method) =>
        HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || (HttpMethods.IsPost(method) && TakesForms(page));

    private static bool TakesForms(CompiledPageActionDescriptor page) =>
        page.HandlerMethods.Any(handler => HttpMethods.IsPost(handler.HttpMethod));
}
