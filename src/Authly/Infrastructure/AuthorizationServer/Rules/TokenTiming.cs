using System.Diagnostics;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Tokens;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Authly.Infrastructure.AuthorizationServer.Rules;

/// <summary>Begins the time that generating one token takes.</summary>
internal sealed class StartTokenTimer : IOpenIddictServerHandler<GenerateTokenContext>
{
    public const string Property = "Authly.TokenTimer";

    public ValueTask HandleAsync(GenerateTokenContext context)
    {
        context.Transaction.Properties[Property] = Stopwatch.GetTimestamp();
        return ValueTask.CompletedTask;
    }
}

/// <summary>Ends it.</summary>
internal sealed class StopTokenTimer(Instruments instruments) : IOpenIddictServerHandler<GenerateTokenContext>
{
    public ValueTask HandleAsync(GenerateTokenContext context)
    {
        if (context.Transaction.Properties.TryGetValue(StartTokenTimer.Property, out var started))
            instruments.TokenGenerated(TokenKinds.KindOf(context.TokenType), Stopwatch.GetElapsedTime((long)started!),
                context.Token?.Length ?? 0);
        return ValueTask.CompletedTask;
    }
}
