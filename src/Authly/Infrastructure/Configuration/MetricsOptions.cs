namespace Authly.Infrastructure.Configuration;

internal sealed class MetricsOptions
{
    public const int DefaultPort = 9464;

    public bool Enabled { get; set; } = true;

    /// <summary>Whether the label <c>client_id</c> exists, and how it names a registered client.</summary>
    public ClientIdMode ClientId { get; set; }

    /// <summary>How often what is counted in the database for gauges is counted again.</summary>
    public TimeSpan GaugeInterval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The port of <c>/metrics</c>: in Development the main one, else 9464 unless set. 0 is the main port.</summary>
    public int? Port { get; set; }

    public OtlpOptions Otlp { get; set; } = new();
}

/// <summary>Where metrics and traces are sent by the OpenTelemetry protocol, beside what <c>/metrics</c> answers.</summary>
internal sealed class OtlpOptions
{
    /// <summary>
    /// A collector's gRPC endpoint, as in <c>http://localhost:4317</c>; without it nothing is sent and nothing is traced.
    /// </summary>
    public Uri? Endpoint { get; set; }
}

internal enum ClientIdMode
{
    Off,
    Registered,
    Hashed,
}
