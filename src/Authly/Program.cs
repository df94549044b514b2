using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.AuthorizationServer;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Hosting;
using Authly.Infrastructure.Http;
using Authly.Infrastructure.Keys;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Seeding;

return await CommandLine.RunOrExplainAsync(args, builder =>
{
    builder.AddConfiguration();
    builder.AddObservability();
    builder.AddHttp();
    // The start-up tasks run in this order: schema, keys, seed.
    builder.AddPersistence();
    builder.AddKeys();
    builder.AddSeeding();
    builder.AddAccounts();
    builder.AddAuthorizationServer();
    builder.AddMediation();
    builder.Services.AddHttpClient();
    builder.Services.AddRazorPages(pages => pages.RootDirectory = "/Features").AddMvcOptions(mvc => mvc.Filters.Add<ForgeryReport>());

    var app = builder.Build();
    app.UseAccessLog();
    app.UseHttp();
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
