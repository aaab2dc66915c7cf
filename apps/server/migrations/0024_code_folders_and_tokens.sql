CREATE TABLE "repository_tokens" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"algorithm_id" text NOT NULL,
	"owner_id" uuid NOT NULL,
	"name" text NOT NULL,
	"prefix" text NOT NULL,
	"sha256" text NOT NULL,
	"may_write" boolean NOT NULL,
	"expires_at" timestamp with time zone,
	"last_used_at" timestamp with time zone,
	"created_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "algorithm_repositories" ADD COLUMN "folder" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "repository_tokens" ADD CONSTRAINT "repository_tokens_algorithm_id_algorithms_id_fk" FOREIGN KEY ("algorithm_id") REFERENCES "public"."algorithms"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "repository_tokens" ADD CONSTRAINT "repository_tokens_owner_id_users_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "repository_tokens_sha256_key" ON "repository_tokens" USING btree ("sha256");--> statement-breakpoint
CREATE INDEX "repository_tokens_algorithm_idx" ON "repository_tokens" USING btree ("algorithm_id");--> statement-breakpoint
CREATE INDEX "repository_tokens_owner_idx" ON "repository_tokens" USING btree ("owner_id");