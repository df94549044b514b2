using BenchmarkDotNet.Running;

BenchmarkSwitcher.FromAssembly(typeof(Authly.Micro.Measuring).Assembly).Run(args);
