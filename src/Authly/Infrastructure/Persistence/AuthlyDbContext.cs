using Microsoft.AspNetCore.DataProtection.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using Microsoft.EntityFrameworkCore.ValueGeneration;
using OpenIddict.EntityFrameworkCore.Models;

namespace Authly.Infrastructure.Persistence;

/// <summary>The one model; each database has its own migrations of it.</summary>
internal abstract class AuthlyDbContext(DbContextOptions options) : DbContext(options), IDataProtectionKeyContext
{
    public DbSet<User> Users => Set<User>();

    public DbSet<Session> Sessions => Set<Session>();

    public DbSet<Consent> Consents => Set<Consent>();

    public DbSet<SigningKey> SigningKeys => Set<SigningKey>();

    public DbSet<DataProtectionKey> DataProtectionKeys => Set<DataProtectionKey>();

    public DbSet<OpenIddictEntityFrameworkCoreApplication<Guid>> Applications => Set<OpenIddictEntityFrameworkCoreApplication<Guid>>();

    public DbSet<OpenIddictEntityFrameworkCoreAuthorization<Guid>> Authorizations => Set<OpenIddictEntityFrameworkCoreAuthorization<Guid>>();

    public DbSet<OpenIddictEntityFrameworkCoreToken<Guid>> Tokens => Set<OpenIddictEntityFrameworkCoreToken<Guid>>();

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder) =>
        configurationBuilder.Properties<DateTime>().HaveConversion<UtcConverter>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.UseOpenIddict<Guid>();
        Rename<OpenIddictEntityFrameworkCoreApplication<Guid>>("applications");
        Rename<OpenIddictEntityFrameworkCoreAuthorization<Guid>>("authorizations");
        Rename<OpenIddictEntityFrameworkCoreScope<Guid>>("scopes");
        Rename<OpenIddictEntityFrameworkCoreToken<Guid>>("tokens");

        // No query of ours needs OpenIddict's wide indexes, and one on the status would be written at every redemption.
        var tokens = modelBuilder.Entity<OpenIddictEntityFrameworkCoreToken<Guid>>();
        tokens.Metadata.RemoveIndex(tokens.Metadata.GetIndexes().Single(index => index.Properties.Any(property => property.Name == "Subject")));
        tokens.HasIndex(token => token.ExpirationDate);
        tokens.HasIndex(token => token.ReferenceId).IsUnique().HasFilter("\"ReferenceId\" is not null");
        var authorizations = modelBuilder.Entity<OpenIddictEntityFrameworkCoreAuthorization<Guid>>();
        authorizations.Metadata.RemoveIndex(authorizations.Metadata.GetIndexes().Single(index => index.Properties.Any(property => property.Name == "Subject")));
        authorizations.HasIndex(authorization => authorization.Subject);

        modelBuilder.Entity<DataProtectionKey>().ToTable("data_protection_keys");
        modelBuilder.Entity<User>(user =>
        {
            user.ToTable("users");
            user.Property(entity => entity.Username).HasMaxLength(256);
            user.Property(entity => entity.NormalizedUsername).HasMaxLength(256);
            user.Property(entity => entity.PasswordHash).HasMaxLength(512);
            user.HasIndex(entity => entity.NormalizedUsername).IsUnique();
        });
        modelBuilder.Entity<Session>(session =>
        {
            session.ToTable("sessions");
            session.HasOne<User>().WithMany().HasForeignKey(entity => entity.UserId);
            session.HasIndex(entity => entity.ExpiresAt);
        });
        modelBuilder.Entity<Consent>(consent =>
        {
            consent.ToTable("consents");
            consent.Property(entity => entity.ClientId).HasMaxLength(256);
            consent.HasOne<User>().WithMany().HasForeignKey(entity => entity.UserId);
            consent.HasIndex(entity => new { entity.UserId, entity.ClientId }).IsUnique();
        });
        modelBuilder.Entity<SigningKey>(key =>
        {
            key.ToTable("signing_keys");
            key.Property(entity => entity.KeyId).HasMaxLength(64);
            key.Property(entity => entity.Algorithm).HasMaxLength(16);
            key.HasIndex(entity => entity.KeyId).IsUnique();
            key.Ignore(entity => entity.PublishedUntil);
        });

        void Rename<TEntity>(string table) where TEntity : class =>
            modelBuilder.Entity<TEntity>().ToTable(table).Property("Id").HasValueGenerator<Version7Generator>();
    }

    /// <summary>SQLite keeps no kind with a time; every time here is UTC.</summary>
    private sealed class UtcConverter() : ValueConverter<DateTime, DateTime>(
        value => value.Kind == DateTimeKind.Utc ? value : DateTime.SpecifyKind(value, DateTimeKind.Utc),
        value => DateTime.SpecifyKind(value, DateTimeKind.Utc));

    /// <summary>UUIDv7 keys are ordered by time, so that new rows stand together in every index.</summary>
    private sealed class Version7Generator : ValueGenerator<Guid>
    {
        public override bool GeneratesTemporaryValues => false;

        public override Guid Next(EntityEntry entry) => Guid.CreateVersion7();
    }
}

internal sealed class PostgresDbContext(DbContextOptions<PostgresDbContext> options) : AuthlyDbContext(options);

internal sealed class SqliteDbContext(DbContextOptions<SqliteDbContext> options) : AuthlyDbContext(options);
