using Microsoft.AspNetCore.DataProtection.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;

namespace Authly.Infrastructure.Persistence;

/// <summary>The one model; each database has its own migrations of it.</summary>
internal abstract class AuthlyDbContext(DbContextOptions options) : DbContext(options), IDataProtectionKeyContext
{
    public DbSet<User> Users => Set<User>();

    public DbSet<Session> Sessions => Set<Session>();

    public DbSet<SignInThrottle> SignInThrottles => Set<SignInThrottle>();

    public DbSet<Interaction> Interactions => Set<Interaction>();

    public DbSet<Consent> Consents => Set<Consent>();

    public DbSet<ActivityDay> ActivityDays => Set<ActivityDay>();

    public DbSet<OneTimeValue> OneTimeValues => Set<OneTimeValue>();

    public DbSet<SigningKey> SigningKeys => Set<SigningKey>();

    public DbSet<AuditEvent> AuditEvents => Set<AuditEvent>();

    public DbSet<DataProtectionKey> DataProtectionKeys => Set<DataProtectionKey>();

    public DbSet<Client> Clients => Set<Client>();

    public DbSet<Scope> Scopes => Set<Scope>();

    public DbSet<Authorization> Authorizations => Set<Authorization>();

    public DbSet<Token> Tokens => Set<Token>();

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder) =>
        configurationBuilder.Properties<DateTime>().HaveConversion<UtcConverter>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.UseOpenIddict<Client, Authorization, Scope, Token, Guid>();
        OfOpenIddict<Client>("applications");
        OfOpenIddict<Authorization>("authorizations");
        OfOpenIddict<Scope>("scopes");
        OfOpenIddict<Token>("tokens");

        // No query of ours needs OpenIddict's wide indexes, and one on the status would be written at every redemption.
        var tokens = modelBuilder.Entity<Token>();
        tokens.Metadata.RemoveIndex(
            tokens.Metadata.GetIndexes().Single(index => index.Properties.Any(property => property.Name == nameof(Token.Subject))));
        tokens.HasIndex(token => token.ExpirationDate);
        tokens.HasIndex(token => token.ReferenceId).IsUnique().HasFilter("\"ReferenceId\" is not null");
        var families = modelBuilder.Entity<Authorization>();
        families.Metadata.RemoveIndex(families.Metadata.GetIndexes()
            .Single(index => index.Properties.Any(property => property.Name == nameof(Authorization.Subject))));
        families.HasIndex(family => family.Subject);

        modelBuilder.Entity<DataProtectionKey>().ToTable("data_protection_keys");
        modelBuilder.ApplyConfiguration(new AuditEventTable());
        People(modelBuilder);
        modelBuilder.Entity<OneTimeValue>(value =>
        {
            value.ToTable("one_time_values");
            value.HasKey(entity => entity.Key);
            value.Property(entity => entity.Key).HasMaxLength(64);
            value.HasIndex(entity => entity.ExpiresAt);
        });
        modelBuilder.ApplyConfiguration(new AppliedSeedTable());
        modelBuilder.ApplyConfiguration(new ManagedRegistrationTable());
        modelBuilder.Entity<SigningKey>(key =>
        {
            key.ToTable("signing_keys");
            key.Property(entity => entity.KeyId).HasMaxLength(64);
            key.Property(entity => entity.Algorithm).HasMaxLength(16);
            key.HasIndex(entity => entity.KeyId).IsUnique();
            key.Ignore(entity => entity.PublishedUntil);
        });

        void OfOpenIddict<TEntity>(string table) where TEntity : class =>
            modelBuilder.Entity<TEntity>().ToTable(table).Property("Id").HasValueGeneratorFactory<Version7Keys>();
    }

    private static void People(ModelBuilder modelBuilder)
    {
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
            session.Property(entity => entity.AuthenticationMethods).HasMaxLength(64);
            session.Property(entity => entity.AuthenticationLevel).HasMaxLength(128);
            session.HasOne<User>().WithMany().HasForeignKey(entity => entity.UserId);
            session.HasIndex(entity => entity.ExpiresAt);
        });
        modelBuilder.Entity<SignInThrottle>(throttle =>
        {
            throttle.ToTable("sign_in_throttles");
            throttle.HasKey(entity => entity.Key);
            throttle.Property(entity => entity.Key).HasMaxLength(64);
            throttle.HasIndex(entity => entity.ExpiresAt);
        });
        modelBuilder.Entity<Interaction>(interaction =>
        {
            interaction.ToTable("interactions");
            interaction.Property(entity => entity.ClientId).HasMaxLength(256);
            interaction.HasIndex(entity => entity.ExpiresAt);
        });
        modelBuilder.Entity<ActivityDay>(activity =>
        {
            activity.ToTable("activity_days");
            activity.HasKey(entity => new { entity.Day, entity.Kind, entity.Subject });
            activity.Property(entity => entity.Subject).HasMaxLength(256);
        });
        modelBuilder.Entity<Consent>(consent =>
        {
            consent.ToTable("consents");
            consent.Property(entity => entity.ClientId).HasMaxLength(256);
            consent.HasOne<User>().WithMany().HasForeignKey(entity => entity.UserId);
            consent.HasIndex(entity => new { entity.UserId, entity.ClientId }).IsUnique();
        });
    }
}

internal sealed class PostgresDbContext(DbContextOptions<PostgresDbContext> options) : AuthlyDbContext(options);

internal sealed class SqliteDbContext(DbContextOptions<SqliteDbContext> options) : AuthlyDbContext(options);
