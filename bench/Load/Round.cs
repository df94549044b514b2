namespace Authly.Load;

/// <summary>
/// What one round of load saw; latencies in milliseconds. Failed is a 5xx, a broken connection, or a step that did not come to what it
/// should.
/// </summary>
internal sealed record Round(int Answers, int Failed, double PerSecond, double P50, double P99);
