using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Tokens;
using Authly.Tests.Harness;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Tests.Infrastructure.Tokens;

/// <summary>The contract of a table of tokens, on every database.</summary>
public sealed class TokenTableTests
{
    [Theory, OnEachDatabase]
    public async Task What_is_written_is_read_by_its_id_and_by_its_reference_and_knows_its_family_and_session(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var composition = await Composition.OverAsync(shared);
        var table = composition.Services.GetRequiredService<ITokenTable>();
        var family = NewFamily();
        var code = NewToken(TokenTypeIdentifiers.Private.AuthorizationCode, reference: "reference", payload: "payload");
        Assert.Empty(await table.WriteAsync([Write(family, code)]));

        var byId = Assert.Single(await table.ReadAsync([new TokenKey(code.Id, null)]));
        Assert.Equal(byId, Assert.Single(await table.ReadAsync([new TokenKey(null, "reference"), new TokenKey(code.Id, null)])));
        Assert.Equal((Statuses.Valid, "payload", family.Id, Statuses.Valid, family.SessionId, (Guid?)null),
            (byId.Status, byId.Payload, byId.FamilyId, byId.FamilyStatus, byId.SessionId, byId.SuccessorId));
        Assert.Empty(await table.ReadAsync([new TokenKey(Guid.NewGuid(), null), new TokenKey(null, "another")]));
    }

    [Theory, OnEachDatabase]
    public async Task Of_writes_that_redeem_one_token_the_first_wins_and_nothing_of_the_second_is_written(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var composition = await Composition.OverAsync(shared);
        var table = composition.Services.GetRequiredService<ITokenTable>();
        var (family, first) = (NewFamily(), NewToken(TokenTypeIdentifiers.RefreshToken));
        await table.WriteAsync([Write(family, first)]);

        var (winner, loser) = (Redeem(first, family), Redeem(first, family));
        Assert.Empty(await table.WriteAsync([winner]));
        Assert.Equal([loser], await table.WriteAsync([loser, Write(family, NewToken(TokenTypeIdentifiers.AccessToken))]));
        var used = Assert.Single(await table.ReadAsync([new TokenKey(first.Id, null)]));
        Assert.Equal((Statuses.Redeemed, winner.Successor, true), (used.Status, used.SuccessorId, used.RedeemedAt is not null));
        Assert.Empty(await table.ReadAsync([new TokenKey(loser.Successor, null)]));
        Assert.Single(await table.ReadAsync([new TokenKey(winner.Successor, null)]));
        // The other write of the loser's batch is there.
        Assert.Equal(3, await shared.CountAsync("tokens"));
    }

    [Theory, OnEachDatabase]
    public async Task A_token_of_a_family_that_ended_or_that_does_not_exist_is_not_redeemed(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var composition = await Composition.OverAsync(shared);
        var table = composition.Services.GetRequiredService<ITokenTable>();
        var (family, token) = (NewFamily(), NewToken(TokenTypeIdentifiers.RefreshToken));
        await table.WriteAsync([Write(family, token)]);
        await using (var scope = composition.Services.CreateAsyncScope())
            await scope.ServiceProvider.GetRequiredService<TokenFamilies>().RevokeAsync(family.Id, CancellationToken.None);

        TokenWrite[] batch = [Redeem(token, family), Redeem(NewToken(TokenTypeIdentifiers.RefreshToken), family)];
        Assert.Equal(batch.ToHashSet(), await table.WriteAsync(batch));
        Assert.Equal(1, await shared.CountAsync("tokens"));
    }

    [Theory, OnEachDatabase]
    public async Task A_one_time_value_is_used_once_however_many_try_and_purposes_do_not_meet(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var composition = await Composition.OverAsync(shared);
        async Task<bool> UseAsync(string purpose, string value)
        {
            await using var scope = composition.Services.CreateAsyncScope();
            return await scope.ServiceProvider.GetRequiredService<OneTimeValues>()
                .TryUseAsync(purpose, value, DateTime.UtcNow.AddMinutes(5));
        }

        var tries = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Task.Run(() => UseAsync("assertion:web", "jti-1"))));
        Assert.Single(tries, used => used);
        Assert.True(await UseAsync("assertion:other", "jti-1"));
        Assert.True(await UseAsync("assertion:web", "jti-2"));
        Assert.True(await UseAsync("assertion:we", "bjti-2"));
        Assert.Equal(4, await shared.CountAsync("one_time_values"));
    }

    private static Authorization NewFamily() => new()
    {
        Id = Guid.CreateVersion7(),
        Status = Statuses.Valid,
        Type = AuthorizationTypes.AdHoc,
        CreationDate = DateTime.UtcNow,
        SessionId = Guid.CreateVersion7(),
    };

    private static Token NewToken(string type, string? reference = null, string? payload = null) => new()
    {
        Id = Guid.CreateVersion7(),
        Type = type,
        Status = Statuses.Valid,
        ReferenceId = reference,
        Payload = payload,
        CreationDate = DateTime.UtcNow,
        ExpirationDate = DateTime.UtcNow.AddHours(1),
    };

    private static TokenWrite Write(Authorization family, Token token)
    {
        // A family is written once, with its first token.
        var write = new TokenWrite { Family = token.Type == TokenTypeIdentifiers.AccessToken ? null : new FamilyRow(family, null) };
        write.Tokens.Add(new TokenRow(token, null, family.Id));
        return write;
    }

    private static TokenWrite Redeem(Token token, Authorization family)
    {
        var successor = NewToken(TokenTypeIdentifiers.RefreshToken);
        var write = new TokenWrite { Redeems = token.Id, Successor = successor.Id };
        write.Tokens.Add(new TokenRow(successor, null, family.Id));
        return write;
    }
}
