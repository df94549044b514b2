using Authly.Infrastructure.Configuration;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Authly.Infrastructure.Changes;

internal static class ChangesExtensions
{
    public static void AddChanges(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<ChangeNotifications>();
        services.AddHostedService<PostgresChanges>();
        if (new ConnectionStrings(builder.Configuration).Redis.Length == 0)
            return;
        services.AddSingleton<Redis>();
        services.AddSingleton<RedisChanges>();
        services.AddHostedService(provider => provider.GetRequiredService<RedisChanges>());
        services.AddSingleton<IInterceptor, ChangePublisher>();
    }
}
