namespace Authly.Infrastructure.Hosting.Diagnoses;

/// <param name="Check">What was looked at.</param>
/// <param name="What">What was found.</param>
/// <param name="Remedy">How to mend it; null where nothing is wrong.</param>
internal sealed record Finding(string Check, Verdict Verdict, string What, string? Remedy = null);

internal enum Verdict
{
    Ok,

    /// <summary>It works, and is not as it should be.</summary>
    Warning,

    /// <summary>It does not work, or is not safe.</summary>
    Fault,
}
