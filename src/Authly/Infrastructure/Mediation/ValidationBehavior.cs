using System.Text.Json;
using Authly.Infrastructure.Protocol;
using FluentValidation;
using MediatR;

namespace Authly.Infrastructure.Mediation;

/// <summary>Refuses a request whose validators object, as <c>invalid_request</c>, before its handler runs.</summary>
internal sealed class ValidationBehavior<TRequest, TResponse>(IEnumerable<IValidator<TRequest>> validators)
    : IPipelineBehavior<TRequest, TResponse>
    where TRequest : notnull
{
    public async Task<TResponse> Handle(TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next)
    {
        foreach (var validator in validators)
        {
            var result = await validator.ValidateAsync(request, cancellationToken);
            if (!result.IsValid)
                throw new RefusedException(Refusal.Invalid(result.Errors[0].ErrorMessage) with
                {
                    Members = [.. result.Errors.Where(error => error.PropertyName.Length > 0).Select(error => new WrongMember(
                        JsonNamingPolicy.SnakeCaseLower.ConvertName(error.PropertyName), error.ErrorMessage))],
                });
        }

        return await next();
    }
}
