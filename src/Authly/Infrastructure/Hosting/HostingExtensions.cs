using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.Administration;
using Authly.Infrastructure.AuthorizationServer;
using Authly.Infrastructure.Changes;
using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Http;
using Authly.Infrastructure.Keys;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Seeding;
using Authly.Infrastructure.Tokens;

namespace Authly.Infrastructure.Hosting;

internal static class HostingExtensions
{
    /// <summary>All rooms, from the ground up.</summary>
    public static void AddRooms(this WebApplicationBuilder builder)
    {
        var options = builder.AddConfiguration();
        builder.AddObservability(options.Metrics);
        builder.AddMediation();
        builder.AddPersistence();
        builder.AddChanges();
        builder.AddTokens();
        builder.AddKeys(options.KeyEncryption);
        builder.AddClients();
        builder.AddHttp();
        builder.AddAccounts();
        builder.AddAuthorizationServer();
        builder.AddAdministration(options);
        builder.AddSeeding();
        builder.AddHosting();
    }

    private static void AddHosting(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        builder.AddHealth();
        services.AddHostedService<GaugeRefresher>();
        services.AddHostedService<Draining>();
        if (builder.Environment.IsDevelopment())
            services.AddHostedService<Banner>();
    }
}
