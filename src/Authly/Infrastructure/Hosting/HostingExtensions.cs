using Authly.Infrastructure.Configuration;

namespace Authly.Infrastructure.Hosting;

internal static class HostingExtensions
{
    public static void AddHosting(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddHealth(new ConnectionStrings(builder.Configuration));
        services.AddHostedService<GaugeRefresher>();
        services.AddHostedService<Draining>();
        if (builder.Environment.IsDevelopment())
            services.AddHostedService<Banner>();
    }
}
