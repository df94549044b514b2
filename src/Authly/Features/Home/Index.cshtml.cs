using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Http;
using Authly.Infrastructure.Observability;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Authly.Features.Home;

/// <summary>In Development, what a newcomer sees first; elsewhere people come for their account.</summary>
public sealed class IndexModel(IHostEnvironment environment, IServiceProvider services) : PageModel
{
    private readonly AuthlyOptions _options = services.GetRequiredService<AuthlyOptions>();

    public string Issuer => _options.Issuer!;

    public string? MetricsUrl => !_options.Metrics.Enabled ? null
        : _options.Metrics.Port > 0 ? $"http://localhost:{_options.Metrics.Port}{ObservabilityExtensions.MetricsPath}"
            : ObservabilityExtensions.MetricsPath;

    public IActionResult OnGet() =>
        !environment.IsDevelopment() ? RedirectToPage(Pages.Account)
        // Cookies are of one host: what begins at 127.0.0.1 would not end at localhost.
        : HttpContext.Features.Get<RequestedHost>() is { Host: var host } && host.Host != Request.Host.Host ? Redirect(Issuer + "/")
        : Page();
}
