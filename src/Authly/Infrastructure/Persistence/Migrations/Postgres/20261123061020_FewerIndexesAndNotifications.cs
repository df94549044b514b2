using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Authly.Infrastructure.Persistence.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class FewerIndexesAndNotifications : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_tokens_ApplicationId_Status_Subject_Type",
                table: "tokens");

            migrationBuilder.DropIndex(
                name: "IX_tokens_ReferenceId",
                table: "tokens");

            migrationBuilder.DropIndex(
                name: "IX_authorizations_ApplicationId_Status_Subject_Type",
                table: "authorizations");

            migrationBuilder.CreateIndex(
                name: "IX_tokens_ApplicationId",
                table: "tokens",
                column: "ApplicationId");

            migrationBuilder.CreateIndex(
                name: "IX_tokens_ExpirationDate",
                table: "tokens",
                column: "ExpirationDate");

            migrationBuilder.CreateIndex(
                name: "IX_tokens_ReferenceId",
                table: "tokens",
                column: "ReferenceId",
                unique: true,
                filter: "\"ReferenceId\" is not null");

            migrationBuilder.CreateIndex(
                name: "IX_authorizations_ApplicationId",
                table: "authorizations",
                column: "ApplicationId");

            migrationBuilder.CreateIndex(
                name: "IX_authorizations_Subject",
                table: "authorizations",
                column: "Subject");

            // Whoever changes a client or scope, an instance or a person with psql, all instances hear of it.
            migrationBuilder.Sql("""
                create function authly_notify() returns trigger language plpgsql as $$
                begin
                  perform pg_notify('authly_changes', tg_argv[0]);
                  return null;
                end $$;
                create trigger notify_changes after insert or update or delete or truncate on applications for each statement execute function authly_notify('registrations');
                create trigger notify_changes after insert or update or delete or truncate on scopes for each statement execute function authly_notify('registrations');
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("""
                drop trigger notify_changes on applications;
                drop trigger notify_changes on scopes;
                drop function authly_notify();
                """);

            migrationBuilder.DropIndex(
                name: "IX_tokens_ApplicationId",
                table: "tokens");

            migrationBuilder.DropIndex(
                name: "IX_tokens_ExpirationDate",
                table: "tokens");

            migrationBuilder.DropIndex(
                name: "IX_tokens_ReferenceId",
                table: "tokens");

            migrationBuilder.DropIndex(
                name: "IX_authorizations_ApplicationId",
                table: "authorizations");

            migrationBuilder.DropIndex(
                name: "IX_authorizations_Subject",
                table: "authorizations");

            migrationBuilder.CreateIndex(
                name: "IX_tokens_ApplicationId_Status_Subject_Type",
                table: "tokens",
                columns: new[] { "ApplicationId", "Status", "Subject", "Type" });

            migrationBuilder.CreateIndex(
                name: "IX_tokens_ReferenceId",
                table: "tokens",
                column: "ReferenceId",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_authorizations_ApplicationId_Status_Subject_Type",
                table: "authorizations",
                columns: new[] { "ApplicationId", "Status", "Subject", "Type" });
        }
    }
}
