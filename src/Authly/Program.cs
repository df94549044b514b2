using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.Administration;
using Authly.Infrastructure.Hosting;
using Authly.Infrastructure.Http;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Observability;

return await CommandLine.RunOrExplainAsync(args, builder =>
{
    builder.AddRooms();

    // A request's way in, from the outside.
    var app = builder.Build();
    app.UseAccessLog();
    app.UseAdministration();
    app.UseDraining();
    app.UseHttp();
    app.UseManagementPort();
    app.UseCrossOrigin();
    app.UseRateLimits();
    app.UseObservability();
    app.UsePageShare();
    app.UseSessions();
    app.UseAuthorization();
    app.MapStaticAssets();
    app.MapRazorPages();
    app.MapEndpoints();
    app.MapAdministration();
    app.MapHealth();
    return app;
});
