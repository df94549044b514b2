namespace Authly.Infrastructure.Configuration;

/// <summary>How signing keys follow one another.</summary>
internal sealed class KeyOptions
{
    /// <summary>How long a key signs.</summary>
    public TimeSpan Active { get; set; } = TimeSpan.FromDays(90);

    /// <summary>How long a new key stands in JWKS before it signs, so that whoever keeps JWKS has it by then.</summary>
    public TimeSpan Announced { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How far the clocks of those who verify tokens may be behind: a key stays in JWKS that much longer than its last token lives.</summary>
    public TimeSpan ClockSkew { get; set; } = TimeSpan.FromMinutes(5);

    public IEnumerable<string> Faults()
    {
        var most = TimeSpan.FromDays(3650);
        foreach (var (value, setting) in new[] { (Active, nameof(Active)), (Announced, nameof(Announced)) })
        {
            if (value < TimeSpan.FromSeconds(1) || value > most)
                yield return $"Authly:Keys:{setting} must be at least a second and at most {most}";
        }

        if (Announced > Active)
            yield return $"Authly:Keys:Announced ({Announced}) must not be more than Authly:Keys:Active ({Active}): a key would have to be announced before the one before it";
        if (ClockSkew < TimeSpan.Zero || ClockSkew > TimeSpan.FromHours(1))
            yield return "Authly:Keys:ClockSkew must be from zero to an hour";
    }
}
