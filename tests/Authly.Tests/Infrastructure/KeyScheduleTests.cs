using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Keys;
using Authly.Infrastructure.Persistence;

namespace Authly.Tests.Infrastructure;

/// <summary>The schedule by its defaults, over years.</summary>
public sealed class KeyScheduleTests
{
    private readonly SigningKeySchedule _schedule = new(new AuthlyOptions());
    private readonly List<SigningKey> _keys = [];
    private int _made;

    [Fact]
    public void One_key_of_each_algorithm_signs_at_every_hour_of_three_years_and_each_was_announced_for_seven_days()
    {
        var began = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        var published = new Dictionary<string, DateTime>();
        var signedUntil = new Dictionary<string, DateTime>();
        for (var now = began; now < began.AddYears(3); now = now.AddHours(1))
        {
            Maintain(now);
            foreach (var key in _keys)
            {
                published.TryAdd(key.KeyId, now);
                if (SigningKeySchedule.StateOf(key, _keys, now) != SigningKeyState.Active)
                    continue;
                signedUntil[key.KeyId] = now;
                Assert.True(now < key.SignsUntil.AddHours(1));
                Assert.True(published[key.KeyId] == began || now - published[key.KeyId] >= TimeSpan.FromDays(7) - TimeSpan.FromHours(1));
            }

            foreach (var algorithm in SigningKeyMaterial.Algorithms)
                Assert.Single(Active(now), key => key.Algorithm == algorithm);
            Assert.All(
                signedUntil.Where(pair => now - pair.Value < TimeSpan.FromMinutes(20)),
                pair => Assert.Contains(_keys, key => key.KeyId == pair.Key));
            Assert.InRange(_keys.Count, 2, 6);
        }

        Assert.InRange(_made, 26, 28);
    }

    [Fact]
    public void After_a_year_without_an_instance_the_old_key_signs_until_its_successor_was_announced()
    {
        var now = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        Maintain(now);
        var first = _keys.Select(key => key.KeyId).ToList();
        now = now.AddYears(1);
        Maintain(now);
        Assert.Equal(4, _keys.Count);
        Assert.All(Active(now.AddDays(6.9)), key => Assert.Contains(key.KeyId, first));
        Assert.All(Active(now.AddDays(7)), key => Assert.DoesNotContain(key.KeyId, first));
        Assert.All(_keys, key => Assert.True(key.PublishedUntil > now.AddDays(7).AddMinutes(20) - TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void A_new_key_takes_over_after_the_announcement_also_from_one_that_is_announced_already()
    {
        var now = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        Maintain(now);
        // Announced a poll or two early, as the schedule does, so that it would begin after the one made by hand.
        now = now.AddDays(83).AddSeconds(-20);
        Maintain(now);
        var byHand = New("ES256", now);
        foreach (var gone in _schedule.Replace(_keys, byHand, now))
            _keys.Remove(gone);
        _keys.Add(byHand);
        Assert.Equal(SigningKeyState.Announced, SigningKeySchedule.StateOf(byHand, _keys, now.AddDays(6.9)));
        Assert.Equal(SigningKeyState.Active, SigningKeySchedule.StateOf(byHand, _keys, now.AddDays(7)));
        Assert.Equal(SigningKeyState.Active, SigningKeySchedule.StateOf(byHand, _keys, now.AddDays(96)));
        Assert.All(_keys.Where(key => key != byHand && key.Algorithm == "ES256"), key => Assert.Equal(byHand.SignsFrom, key.SignsUntil));
    }

    private void Maintain(DateTime now)
    {
        foreach (var algorithm in _schedule.WithoutSuccessor(_keys, now).ToList())
        {
            var key = New(algorithm, now);
            _schedule.Succeed(_keys, key, now);
            _keys.Add(key);
        }

        _keys.RemoveAll(SigningKeySchedule.Expired(_keys, now).ToList().Contains);
    }

    private IEnumerable<SigningKey> Active(DateTime now) =>
        _keys.Where(key => SigningKeySchedule.StateOf(key, _keys, now) == SigningKeyState.Active);

    private SigningKey New(string algorithm, DateTime now) =>
        new() { KeyId = $"key-{_made++}", Algorithm = algorithm, ProtectedKey = "", CreatedAt = now };
}
