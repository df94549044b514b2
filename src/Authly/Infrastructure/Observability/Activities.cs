using System.Collections.Concurrent;

namespace Authly.Infrastructure.Observability;

/// <summary>A person, or a client by its id.</summary>
internal readonly record struct ActiveSubject(Guid Person, string? Client);

/// <summary>
/// Who signed in or got a token today, for whoever writes it down: a subject comes up until it is said to be written, and then not again
/// before tomorrow. Never waits: what finds no room comes with its next request.
/// </summary>
internal sealed class Activities(TimeProvider time)
{
    // A bound on memory: beyond it all are forgotten, and what comes up again is in the database already.
    private const int MostWritten = 100_000;

    private const int MostWaiting = 4096;

    private readonly ConcurrentDictionary<ActiveSubject, bool> _waiting = new();
    private Written _written = new(0, []);

    /// <summary>Today, UTC, counted from 0001-01-01.</summary>
    public int Today => DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime).DayNumber;

    public void Seen(ActiveSubject subject)
    {
        var written = Volatile.Read(ref _written);
        if (written.Day == Today && written.Subjects.ContainsKey(subject))
            return;
        // Each waits once: one that comes all the time takes no room from others.
        if (!_waiting.ContainsKey(subject) && _waiting.Count < MostWaiting)
            _waiting[subject] = true;
    }

    /// <summary>Takes those that wait, each once.</summary>
    public IReadOnlyCollection<ActiveSubject> Take(int most)
    {
        List<ActiveSubject> subjects = [.. _waiting.Select(pair => pair.Key).Take(most)];
        foreach (var subject in subjects)
            _waiting.TryRemove(subject, out _);
        return subjects;
    }

    /// <summary>To be called after the commit, by the one who writes.</summary>
    public void Wrote(int day, IReadOnlyCollection<ActiveSubject> subjects)
    {
        if (_written.Day != day || _written.Subjects.Count + subjects.Count > MostWritten)
            Volatile.Write(ref _written, new(day, []));
        foreach (var subject in subjects)
            _written.Subjects[subject] = true;
    }

    private sealed record Written(int Day, ConcurrentDictionary<ActiveSubject, bool> Subjects);
}
