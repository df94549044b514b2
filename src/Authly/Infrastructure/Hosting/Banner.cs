using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Protocol;
using Authly.Infrastructure.Seeding;

namespace Authly.Infrastructure.Hosting;

/// <summary>Development only: what a newcomer needs, in a few lines on the console, once the server listens.</summary>
internal sealed class Banner(AuthlyOptions options, ConfiguredDatabase database, FirstSignIn firstSignIn, IHostApplicationLifetime lifetime)
    : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStarted.Register(() => Console.WriteLine(string.Join(Environment.NewLine, Lines())));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private IEnumerable<string> Lines()
    {
        yield return "";
        yield return $"  Authly is running on {database.Name}. Open {options.Issuer}/ and press Try it.";
        yield return "";
        yield return $"  Issuer         {options.Issuer}";
        yield return $"  Discovery      {options.Issuer}{Declared.PathOf(OAuthEndpoint.Discovery)}";
        if (options.Metrics.Enabled)
        {
            var host = options.Metrics.Port > 0 ? $"http://localhost:{options.Metrics.Port}" : options.Issuer;
            yield return $"  Metrics        {host}{ObservabilityExtensions.MetricsPath}";
        }

        yield return $"  Demo client    {FirstRun.DemoClientId} (public, PKCE), redirect URI {options.Issuer}{FirstRun.DemoPath}";
        if (firstSignIn.OneTimePassword is { } first)
            yield return $"  First sign-in  username {first.Username}, one-time password {first.Password}";
        yield return "";
    }
}
