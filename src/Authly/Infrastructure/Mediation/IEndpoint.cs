namespace Authly.Infrastructure.Mediation;

/// <summary>A slice's way in: it maps itself and is found by its type.</summary>
internal interface IEndpoint
{
    static abstract void Map(IEndpointRouteBuilder routes);
}
