using System.Net;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;

namespace Authly.Tests.Infrastructure;

/// <summary>What a flood may fill of the audit log.</summary>
public sealed class AuditFoldingTests
{
    [Fact]
    public void A_flood_from_many_networks_leaves_room_for_the_row_of_a_stolen_token()
    {
        var folding = new AuditFolding(TimeProvider.System);
        for (var network = 0; network < 20; network++)
        {
            for (var failure = 0; failure < 100; failure++)
                folding.TryPass(SecurityEvent.SignInFailed, IPAddress.Parse($"203.0.113.{network}"), out _);
        }

        Assert.False(folding.TryPass(SecurityEvent.SignInFailed, IPAddress.Parse("198.51.100.1"), out _));
        Assert.True(folding.TryPass(SecurityEvent.RefreshTokenReuse, IPAddress.Parse("198.51.100.1"), out _));
    }
}
