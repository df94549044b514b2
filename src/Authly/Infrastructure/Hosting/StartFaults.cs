using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Cryptography;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Protocol;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace Authly.Infrastructure.Hosting;

/// <summary>What keeps the program from starting, in a line for each fault, for the person at the console.</summary>
internal static class StartFaults
{
    private const string CertificateSettings = "Kestrel:Certificates or Kestrel:Endpoints";

    public static IReadOnlyList<string> Of(Exception exception) => exception is OptionsValidationException options
        ? [.. options.Failures.Select(OneLine)]
        : [OneLine(Line(exception))];

    private static string Line(Exception exception) => exception switch
    {
        StartupException => exception.Message,
        AggregateException { InnerExceptions: [var inner] } => Line(inner),
        IOException { InnerException: AddressInUseException } =>
            $"{exception.Message} Another program listens there: choose another port, as in --urls http://localhost:5056",
        SocketException socket => $"It may not listen where it should (Urls): {socket.Message}",
        InvalidDataException => $"{exception.Message} {exception.GetBaseException().Message}",
        InvalidOperationException when exception.Message.Contains("No server certificate", StringComparison.Ordinal) =>
            $"https is asked for without a certificate: give Kestrel:Certificates:Default:Path ({CertificateSettings})",
        InvalidOperationException when exception.Message.StartsWith("Configuration value", StringComparison.Ordinal) =>
            $"Logging:LogLevel cannot be read: {exception.Message}",
        CryptographicException or FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException
            when IsFromKestrel(exception) => $"A certificate ({CertificateSettings}) cannot be read: {exception.Message}",
        InvalidOperationException or FormatException or ArgumentException when IsFromKestrel(exception) =>
            $"The section Kestrel cannot be read: {exception.Message}",
        FormatException when exception.StackTrace?.Contains("CommandLine", StringComparison.Ordinal) == true =>
            $"The command line cannot be read: {exception.Message}",
        _ when exception.IsFromDatabase() => $"The database cannot be used: {exception.GetBaseException().Message}",
        _ => $"An unexpected fault, {exception.GetType().Name}{Place(exception)}: {exception.Message}",
    };

    private static bool IsFromKestrel(Exception exception) =>
        exception.StackTrace?.Contains("Microsoft.AspNetCore.Server.Kestrel", StringComparison.Ordinal) == true;

    // The innermost method of ours: enough to report it by.
    private static string Place(Exception exception) =>
        new StackTrace(exception).GetFrames().Select(frame => frame.GetMethod()?.DeclaringType?.FullName)
            .FirstOrDefault(type => type?.StartsWith("Authly.", StringComparison.Ordinal) == true) is { } type ? $" in {type}" : "";

    public static string OneLine(string text) => string.Join(' ', text.Split('\n', '\r').Select(part => part.Trim())).Trim();
}
