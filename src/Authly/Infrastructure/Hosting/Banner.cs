using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Protocol;
using Authly.Infrastructure.Seeding;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Authly.Infrastructure.Hosting;

/// <summary>Development only: what a newcomer needs, in a few lines on the console, once the server listens.</summary>
internal sealed class Banner(AuthlyOptions options, ConfiguredDatabase database, FirstSignIn firstSignIn, IServer server,
    IHostApplicationLifetime lifetime) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStarted.Register(() => Console.WriteLine(string.Join(Environment.NewLine, Lines())));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private IEnumerable<string> Lines()
    {
        var addresses = server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        var listens = addresses.Select(ListenAddresses.LocalOf).Where(url => !url.EndsWith($":{options.Metrics.Port}")).ToList();
        yield return "";
        yield return $"  Authly is running on {database.Name}. Open {options.Issuer}/ and press Try it.";
        yield return "";
        yield return $"  Issuer         {options.Issuer}";
        yield return $"  Listens on     {string.Join(", ", listens)}";
        yield return $"  Discovery      {options.Issuer}{Declared.PathOf(OAuthEndpoint.Discovery)}";
        if (options.Metrics.Enabled)
            yield return $"  Metrics        {MetricsHost(listens)}{ObservabilityExtensions.MetricsPath}";
        yield return $"  Demo client    {FirstRun.DemoClientId} (public, PKCE), redirect URI {options.Issuer}{FirstRun.DemoPath}";
        if (firstSignIn.OneTimePassword is { } first)
            yield return $"  First sign-in  username {first.Username}, one-time password {first.Password}";
        if (!CanMeet(listens))
            yield return "  Warning        The issuer is not where this listens: unless a published port or a proxy leads there, "
                + "nobody gets in. Set Authly:Issuer or Urls so that both are the same.";
        yield return "";
    }

    private string MetricsHost(List<string> listens) => options.Metrics.Port > 0 ? $"http://localhost:{options.Metrics.Port}" : listens[0];

    /// <summary>Another host than this machine's own names may be anybody's proxy; these are nobody's but ours.</summary>
    private bool CanMeet(List<string> listens)
    {
        var issuer = new Uri(options.Issuer!);
        return !issuer.IsLoopback
            || listens.Select(url => new Uri(url)).Any(url => (url.Scheme, url.Port) == (issuer.Scheme, issuer.Port));
    }
}
