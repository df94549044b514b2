using System.Runtime.InteropServices;

/// <summary>
/// Loaded into the server by <c>DOTNET_STARTUP_HOOKS</c>: at SIGCONT it collects garbage and writes the managed heap's bytes to the file
/// that <c>AUTHLY_PROBE</c> names.
/// </summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
internal static class StartupHook
{
    private static PosixSignalRegistration? s_registration;

    public static void Initialize() => s_registration = PosixSignalRegistration.Create(PosixSignal.SIGCONT, context =>
    {
        context.Cancel = true;
        var heap = GC.GetTotalMemory(forceFullCollection: true);
        var path = Environment.GetEnvironmentVariable("AUTHLY_PROBE")!;
        File.WriteAllText(path + ".new", heap.ToString(provider: null));
        File.Move(path + ".new", path, overwrite: true);
    });
}
