using System.Globalization;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Authly.Infrastructure.Configuration;

/// <summary>
/// Where the server listens, by the platform's own settings in their order: <c>Kestrel:Endpoints</c>, <c>Urls</c> (<c>--urls</c>,
/// <c>ASPNETCORE_URLS</c>), <c>ASPNETCORE_HTTP_PORTS</c> and <c>ASPNETCORE_HTTPS_PORTS</c>; and the port of metrics beside any of them.
/// </summary>
internal sealed class ListenAddresses
{
    private const string Default = "http://localhost:5055";
    private const string Section = "Kestrel:Endpoints";

    private readonly bool _areEndpoints;

    public ListenAddresses(IConfiguration configuration)
    {
        var endpoints = configuration.GetSection(Section).GetChildren().Select(endpoint => endpoint["Url"]).OfType<string>().ToList();
        _areEndpoints = endpoints.Count > 0;
        // The platform would let a file win over ASPNETCORE_URLS.
        All = new[] { endpoints, Of(configuration, inFiles: false), Of(configuration, inFiles: true), [Default] }
            .First(all => all.Count > 0);
    }

    /// <summary>All but the port of metrics, as they were written.</summary>
    public IReadOnlyList<string> All { get; }

    /// <summary>The first that is not one; null where all are.</summary>
    public string? Unreadable => All.FirstOrDefault(address => Parse(address) is null);

    public bool Contains(int? port) =>
        port > 0 && All.Any(address => Parse(address) is { IsUnixPipe: false } binding && binding.Port == port);

    /// <summary>A URL by which this machine reaches the first: "http://*:80" is where to listen, not a name.</summary>
    public string Local => LocalOf(All[0]);

    public static string LocalOf(string address) => Parse(address) is not { } binding || binding.IsUnixPipe ? address
        : $"{binding.Scheme}://{(IsAny(binding.Host) ? "localhost" : binding.Host)}"
            + ((binding.Scheme, binding.Port) is ("http", 80) or ("https", 443) ? "" : $":{binding.Port}");

    /// <summary>Tells Kestrel, always by its endpoints: of what it has by URL only, it does not read the certificate again.</summary>
    public void Apply(WebApplicationBuilder builder, int metricsPort)
    {
        var endpoints = new Dictionary<string, string?>();
        for (var index = 0; index < All.Count && !_areEndpoints; index++)
            endpoints[$"{Section}:Url{index}:Url"] = All[index];
        if (metricsPort > 0)
            endpoints[$"{Section}:Authly.Metrics:Url"] = string.Create(CultureInfo.InvariantCulture, $"http://*:{metricsPort}");
        builder.Configuration.AddInMemoryCollection(endpoints);
        builder.Services.AddSingleton<IStartupFilter, OnlyEndpoints>();
    }

    private static List<string> Of(IConfiguration configuration, bool inFiles) =>
        Split(configuration.Given(WebHostDefaults.ServerUrlsKey, inFiles)) is { Count: > 0 } urls ? urls
        : [
            .. Split(configuration.Given(WebHostDefaults.HttpPortsKey, inFiles)).Select(port => $"http://*:{port}"),
            .. Split(configuration.Given(WebHostDefaults.HttpsPortsKey, inFiles)).Select(port => $"https://*:{port}"),
        ];

    private static bool IsAny(string host) => host is "*" or "+" or "0.0.0.0" or "[::]";

    private static List<string> Split(string? list) =>
        [.. (list ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];

    private static BindingAddress? Parse(string address)
    {
        try
        {
            return BindingAddress.Parse(address) is { Scheme: "http" or "https", PathBase: "" } binding
                && (binding.IsUnixPipe || Uri.TryCreate(LocalUri(binding), UriKind.Absolute, out _)) ? binding : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static string LocalUri(BindingAddress binding) =>
        $"{binding.Scheme}://{(IsAny(binding.Host) ? "localhost" : binding.Host)}:{binding.Port}";

    /// <summary>
    /// Takes away what the platform has read of the same settings, before the server starts: it would warn that there are both.
    /// </summary>
    private sealed class OnlyEndpoints : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.ServerFeatures.Get<IServerAddressesFeature>()?.Addresses.Clear();
            next(app);
        };
    }
}
