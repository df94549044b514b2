using Authly.Infrastructure.AuthorizationServer;
using Authly.Infrastructure.Changes;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Authly.Tests.Harness;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using Known = Authly.Infrastructure.Clients.Registrations;

namespace Authly.Tests.Infrastructure;

public sealed class DocumentTests
{
    [Theory, OnEachDatabase]
    public async Task A_document_that_was_made_while_the_scopes_changed_is_made_anew(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var composition = await Composition.OverAsync(shared);
        var (documents, registrations) = (Get<Documents>(), Get<Known>());
        var options = new OpenIddictServerOptions();
        // What CompleteConfiguration has read, before the change.
        var scopes = registrations.ScopeNames;
        await using (var scope = composition.Services.CreateAsyncScope())
        {
            var context = scope.ServiceProvider.GetRequiredService<AuthlyDbContext>();
            context.Scopes.Add(new Scope { Name = "a.new.scope" });
            await context.SaveChangesAsync(TestContext.Current.CancellationToken);
            Get<ChangeNotifications>().Heard(ChangeSource.Postgres, ChangeNotifications.Registrations);
            await registrations.ScopesAsync(TestContext.Current.CancellationToken);
        }

        var http = new DefaultHttpContext { Request = { Path = "/.well-known/openid-configuration" } };
        await documents.WriteAsync(http, new OpenIddictResponse { ["scopes_supported"] = "of before" }, options, scopes);
        Assert.False(documents.Holds(http.Request.Path, options));
        await documents.WriteAsync(http, new OpenIddictResponse { ["scopes_supported"] = "of now" }, options, registrations.ScopeNames);
        Assert.True(documents.Holds(http.Request.Path, options));

        T Get<T>() where T : notnull => composition.Services.GetRequiredService<T>();
    }
}
