using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Authly.Tests.Harness;

/// <summary>An ASP.NET Core application of somebody else, and the Authly that it trusts.</summary>
public sealed class ClientApplication(WebApplication app, AuthlyServer server, string url) : IAsyncDisposable
{
    public AuthlyServer Server { get; } = server;

    public string Url { get; } = url;

    /// <summary>A server with this client, and with alice.</summary>
    public static async Task<AuthlyServer> ServerAsync(Database database, string client)
    {
        var seed = Path.GetTempFileName();
        await File.WriteAllTextAsync(seed, $$"""
            {
              "clients": [ {{client}} ],
              "users": [ { "username": "alice", "password": "correct horse battery", "name": "Alice Example",
                           "email": "alice@example.com" } ]
            }
            """);
        try
        {
            return await AuthlyServer.StartAsync(database, new Dictionary<string, string> { ["Authly__Seed__File"] = seed });
        }
        finally
        {
            File.Delete(seed);
        }
    }

    public static async Task<ClientApplication> StartAsync(
        AuthlyServer server, string url, Action<IServiceCollection> configure, Action<WebApplication> map)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.Logging.ClearProviders();
        configure(builder.Services);
        builder.Services.AddAuthorization();
        var app = builder.Build();
        app.Urls.Add(url);
        app.UseAuthentication();
        app.UseAuthorization();
        map(app);
        await app.StartAsync();
        return new ClientApplication(app, server, url);
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        await Server.DisposeAsync();
    }
}
