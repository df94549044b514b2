namespace Authly.Infrastructure.Configuration;

/// <summary>A start that cannot go on, told in one sentence for the person at the console.</summary>
internal sealed class StartupException(string message, Exception? inner = null) : Exception(message, inner);
