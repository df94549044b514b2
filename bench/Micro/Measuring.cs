using System.Diagnostics.Metrics;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Observability;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using MediatR;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Authly.Micro;

/// <summary>
/// What measuring adds to one handler: the recorder alone, and the behavior around a MediatR <c>Send</c>; with the exporter attached and
/// without a listener.
/// </summary>
[MemoryDiagnoser, Config(typeof(InProcess))]
public class Measuring
{
    private readonly Ping.Query _query = new();
    private Instruments _instruments = null!;
    private MeterProvider? _exporter;
    private IMediator _bare = null!;
    private IMediator _measured = null!;

    public enum Listener
    {
        None,
        Exporter,
    }

    [Params(Listener.None, Listener.Exporter)]
    public Listener Listening { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var options = new AuthlyOptions();
        var connections = new ConnectionStrings(new ConfigurationBuilder().Build());
        var readings = new Readings(new Environment(), new ConfiguredDatabase(connections, options), TimeProvider.System);
        var meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();
        _instruments = new Instruments(meters, new ClientLabels(options), readings);
        if (Listening == Listener.Exporter)
        {
            _exporter = Sdk.CreateMeterProviderBuilder().AddMeter(Instruments.MeterName)
                .AddView(_ => new MetricStreamConfiguration { CardinalityLimit = 200 })
                .SetExemplarFilter(ExemplarFilterType.TraceBased)
                .AddPrometheusExporter().Build();
        }

        _bare = Mediator(withMetrics: false);
        _measured = Mediator(withMetrics: true);
    }

    [GlobalCleanup]
    public void Cleanup() => _exporter?.Dispose();

    [Benchmark]
    public void Recorder()
    {
        _instruments.HandlerStarted("Exchange");
        _instruments.HandlerEnded("Exchange", HandlerOutcome.Ok, error: null, TimeSpan.FromMilliseconds(3));
    }

    [Benchmark(Baseline = true)]
    public Task<int> SendWithoutBehavior() => _bare.Send(_query);

    [Benchmark]
    public Task<int> SendWithBehavior() => _measured.Send(_query);

    private IMediator Mediator(bool withMetrics)
    {
        var services = new ServiceCollection().AddSingleton(_instruments).AddSingleton(new Activities(TimeProvider.System))
            .AddSingleton<ServiceFactory>(provider => provider.GetRequiredService).AddSingleton<IMediator, Mediator>()
            .AddSingleton<IRequestHandler<Ping.Query, int>, Ping.Handler>();
        if (withMetrics)
            services.AddSingleton(typeof(IPipelineBehavior<,>), typeof(MetricsBehavior<,>));
        return services.BuildServiceProvider().GetRequiredService<IMediator>();
    }

    private static class Ping
    {
        public sealed record Query : IRequest<int>;

        public sealed class Handler : IRequestHandler<Query, int>
        {
            private static readonly Task<int> Answer = Task.FromResult(1);

            public Task<int> Handle(Query query, CancellationToken cancellationToken) => Answer;
        }
    }

    private sealed class InProcess : ManualConfig
    {
        public InProcess() => AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance));
    }

    private sealed class Environment : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = "Benchmark";

        public string ApplicationName { get; set; } = "Authly";

        public string ContentRootPath { get; set; } = "/";

        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }
}
