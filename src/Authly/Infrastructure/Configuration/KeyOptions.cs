namespace Authly.Infrastructure.Configuration;

/// <summary>How signing keys follow one another.</summary>
internal sealed class KeyOptions
{
    /// <summary>How long a key signs.</summary>
    public TimeSpan Active { get; set; } = TimeSpan.FromDays(90);

    /// <summary>How long a new key stands in JWKS before it signs, so that whoever keeps JWKS has it by then.</summary>
    public TimeSpan Announced { get; set; } = TimeSpan.FromDays(7);

    /// <summary>
    /// How far the clocks of those who verify tokens may be behind: a key stays in JWKS that much longer than its last token lives.
    /// </summary>
    public TimeSpan ClockSkew { get; set; } = TimeSpan.FromMinutes(5);
}
