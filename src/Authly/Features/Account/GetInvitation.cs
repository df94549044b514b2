using Authly.Infrastructure.Accounts;
using MediatR;

namespace Authly.Features.Account;

/// <summary>Who was invited by a link that is still good: nobody has chosen the password yet.</summary>
internal static class GetInvitation
{
    public sealed record Query(OneTimePasswordProof? Proof) : IRequest<Response>;

    /// <param name="Username">Null where it is no longer good.</param>
    public sealed record Response(string? Username);

    public sealed class Handler(UserAccounts accounts) : IRequestHandler<Query, Response>
    {
        public async Task<Response> Handle(Query query, CancellationToken cancellationToken)
        {
            var user = query.Proof is null ? null : await accounts.FindActiveAsync(query.Proof.UserId.ToString(), cancellationToken);
            return new Response(user is { PasswordIsOneTime: true } && user.PasswordVersion == query.Proof!.PasswordVersion
                ? user.Username : null);
        }
    }
}
