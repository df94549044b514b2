using Authly.Infrastructure.Accounts;

namespace Authly.Tests.Infrastructure;

/// <summary>Which passwords are among those that are guessed first.</summary>
public sealed class GuessablePasswordTests
{
    [Theory]
    [InlineData("password"), InlineData("P@ssw0rd2026!"), InlineData("12345678"), InlineData("qwertyuiop"), InlineData("aaaaaaaab")]
    [InlineData("Alice2026!"), InlineData("monkeymonkey")]
    [InlineData("1234567890!!"), InlineData("!12345678"), InlineData("87654321?")]
    public void A_word_a_name_or_keys_in_a_row_is_guessed_first_however_it_is_dressed(string password) =>
        Assert.True(GuessablePasswords.Contain(password, "alice"));

    [Theory]
    [InlineData("correct horse battery"), InlineData("7391846205!?"), InlineData("vT9#qLw2xz"), InlineData("another good one")]
    public void What_nobody_guesses_is_taken(string password) => Assert.False(GuessablePasswords.Contain(password, "alice"));
}
