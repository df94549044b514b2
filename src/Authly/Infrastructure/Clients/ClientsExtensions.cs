namespace Authly.Infrastructure.Clients;

internal static class ClientsExtensions
{
    public static void AddClients(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<Registrations>();
        builder.Services.AddSingleton<ClientSecrets>();
        builder.Services.AddScoped<ClientRows>();
        builder.Services.AddScoped<ClientRegistrar>();
        builder.Services.AddScoped<ScopeRegistrar>();
    }
}
