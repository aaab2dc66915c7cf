CREATE TABLE "models" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"sha256" text NOT NULL,
	"name" text NOT NULL,
	"size" bigint NOT NULL,
	"origin" text NOT NULL,
	"owner_id" uuid NOT NULL,
	"owner_name" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX "models_owner_key" ON "models" USING btree ("owner_id","sha256");--> statement-breakpoint
CREATE INDEX "models_sha256_idx" ON "models" USING btree ("sha256");--> statement-breakpoint
CREATE INDEX "models_created_idx" ON "models" USING btree ("created_at");