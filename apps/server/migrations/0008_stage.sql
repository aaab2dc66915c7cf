ALTER TABLE "releases" ADD COLUMN "app_facts" jsonb;--> statement-breakpoint
ALTER TABLE "releases" ADD COLUMN "api" jsonb;