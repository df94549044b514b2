namespace Authly.Infrastructure.Configuration;

/// <summary>How failures to sign in slow down further tries.</summary>
internal sealed class SignInOptions
{
    /// <summary>The one switch of all of it.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Tries of one account, or of one browser that it knows, that need not wait.</summary>
    public int Failures { get; set; } = 5;

    /// <summary>The longest wait before the next try of an account.</summary>
    public TimeSpan MaximumWait { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Failures of one address, whatever the account, that need not wait: many people can share one.</summary>
    public int AddressFailures { get; set; } = 100;

    /// <summary>The longest wait before the next try of an address.</summary>
    public TimeSpan AddressMaximumWait { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long failures are remembered after the last one; more than the longest wait.</summary>
    public TimeSpan Memory { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long a browser is known to the accounts that signed in by it.</summary>
    public TimeSpan BrowserLifetime { get; set; } = TimeSpan.FromDays(180);
}
