using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Authly.Infrastructure.Persistence.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class AuditLog : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "audit_events",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "uuid", nullable: false),
                    At = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    ExpiresAt = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    Event = table.Column<string>(type: "text", nullable: false),
                    Outcome = table.Column<string>(type: "text", nullable: false),
                    ActorKind = table.Column<string>(type: "text", nullable: false),
                    Actor = table.Column<string>(type: "text", nullable: true),
                    Subject = table.Column<string>(type: "text", nullable: true),
                    ClientId = table.Column<string>(type: "text", nullable: true),
                    Address = table.Column<string>(type: "text", nullable: true),
                    TraceId = table.Column<string>(type: "text", nullable: true),
                    Detail = table.Column<string>(type: "text", nullable: true),
                    Folded = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit_events", x => x.Id);
                });

            migrationBuilder.CreateIndex(
                name: "IX_audit_events_At",
                table: "audit_events",
                column: "At");

            migrationBuilder.CreateIndex(
                name: "IX_audit_events_ClientId_At",
                table: "audit_events",
                columns: new[] { "ClientId", "At" });

            migrationBuilder.CreateIndex(
                name: "IX_audit_events_ExpiresAt",
                table: "audit_events",
                column: "ExpiresAt");

            migrationBuilder.CreateIndex(
                name: "IX_audit_events_Subject_At",
                table: "audit_events",
                columns: new[] { "Subject", "At" });

            // Append-only: a row is never changed, and is deleted only when it says that it has been kept long enough.
            migrationBuilder.Sql("""
                create function authly_keep_audit_events() returns trigger language plpgsql as $$
                begin
                  if tg_op = 'DELETE' and old."ExpiresAt" <= now() then
                    return old;
                  end if;
                  raise exception 'audit_events is append-only';
                end $$;
                create trigger keep_rows before update or delete on audit_events
                  for each row execute function authly_keep_audit_events();
                create trigger keep_table before truncate on audit_events
                  for each statement execute function authly_keep_audit_events();
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "audit_events");

            migrationBuilder.Sql("drop function authly_keep_audit_events();");
        }
    }
}
