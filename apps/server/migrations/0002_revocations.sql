CREATE TABLE "revocations" (
	"subject" text PRIMARY KEY NOT NULL,
	"issued_before" timestamp with time zone,
	"revoked_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE INDEX "revocations_revoked_idx" ON "revocations" USING btree ("revoked_at");