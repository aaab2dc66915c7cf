ALTER TABLE "algorithm_services" ADD COLUMN "preview_of" text;--> statement-breakpoint
ALTER TABLE "algorithm_services" ADD COLUMN "preview_branch" text;--> statement-breakpoint
ALTER TABLE "push_deploys" ADD COLUMN "previews" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "push_deploys" ADD COLUMN "seen_branches" jsonb;--> statement-breakpoint
ALTER TABLE "push_deploys" ADD COLUMN "preview_problem" jsonb;--> statement-breakpoint
CREATE INDEX "algorithm_services_preview_idx" ON "algorithm_services" USING btree ("preview_of");