using StackExchange.Redis;

namespace Authly.Infrastructure.Configuration;

/// <summary>The section <c>ConnectionStrings</c>: where the database is, and Redis where there is one.</summary>
internal sealed class ConnectionStrings(IConfiguration configuration)
{
    public string? Authly { get; } = configuration.GetConnectionString("Authly");

    /// <summary>Empty where there is no Redis.</summary>
    public string Redis { get; } = configuration.GetConnectionString("Redis")?.Trim() ?? "";

    /// <summary>Whether it is one: hosts with their ports, and options. A URL is not.</summary>
    public bool IsRedisReadable
    {
        get
        {
            try
            {
                return ConfigurationOptions.Parse(Redis).EndPoints is { Count: > 0 } hosts
                    && !hosts.Any(host => $"{host}".Contains("//", StringComparison.Ordinal));
            }
            catch (Exception exception) when (exception is ArgumentException or FormatException)
            {
                return false;
            }
        }
    }
}
