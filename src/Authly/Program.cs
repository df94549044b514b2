using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.AuthorizationServer;
using Authly.Infrastructure.Changes;
using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Hosting;
using Authly.Infrastructure.Http;
using Authly.Infrastructure.Keys;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Seeding;
using Authly.Infrastructure.Tokens;

return await CommandLine.RunOrExplainAsync(args, builder =>
{
    // The rooms, from the ground up.
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
    builder.AddSeeding();
    builder.AddHosting();

    // A request's way in.
    var app = builder.Build();
    app.UseAccessLog();
    app.UseDraining();
    app.UseHttp();
    app.UseManagementPort();
    app.UseObservability();
    app.UseCors();
    app.UseSessions();
    app.UseAuthorization();
    app.MapStaticAssets();
    app.MapRazorPages();
    app.MapEndpoints();
    app.MapHealth();
    return app;
}, new() { [KeysCommand.Name] = KeysCommand.RunAsync, [SecretCommand.Name] = SecretCommand.RunAsync });
