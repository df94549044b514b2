using FluentValidation;

namespace Authly.Infrastructure.Mediation;

/// <summary>How much one request may ask for of what can be long.</summary>
internal static class PageSize
{
    /// <summary>Where none is asked for.</summary>
    public const int Usual = 50;

    public const int Most = 200;

    public static void IsPageSize<T>(this IRuleBuilder<T, int> limit) =>
        limit.InclusiveBetween(1, Most).WithMessage($"The limit is 1 to {Most}.");
}
