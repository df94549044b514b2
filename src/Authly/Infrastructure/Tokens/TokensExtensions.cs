using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Persistence;

namespace Authly.Infrastructure.Tokens;

internal static class TokensExtensions
{
    public static void AddTokens(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<ITokenTable>(provider => provider.GetRequiredService<ConfiguredDatabase>().IsPostgres
            ? ActivatorUtilities.CreateInstance<PostgresTokenTable>(provider)
            : ActivatorUtilities.CreateInstance<SqliteTokenTable>(provider));
        services.AddBatchWorker<TokenWriter>();
        services.AddBatchWorker<TokenReader>();
        services.AddScoped<TokenEntries>();
        services.AddScoped<TokenWrite>();
        services.AddScoped<TokenFamilies>();
        services.AddScoped<OneTimeValues>();
        services.AddSingleton<IPruning, TokenPruning>();
        services.AddSingleton<IPruning, OneTimeValuePruning>();
        services.AddSingleton<IPruning, AuditPruning>();
        services.AddHostedService<Pruning>();
    }
}
