using System.Security.Cryptography;
using Authly.Tests.Harness;

namespace Authly.Tests.Faults;

/// <summary>What a server needs to start in Production, with metrics and health on a port of their own.</summary>
internal sealed class Production
{
    public int MetricsPort { get; } = Network.FreePort();

    public (string Name, string Value)[] Settings =>
    [
        ("ASPNETCORE_ENVIRONMENT", "Production"),
        ("Authly__Issuer", "https://login.example.com"),
        ("Authly__KeyEncryption__Key", Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))),
        ("Authly__Metrics__Port", $"{MetricsPort}"),
    ];
}
