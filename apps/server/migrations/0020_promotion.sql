ALTER TABLE "pipelines" ADD COLUMN "promoted_from" text;--> statement-breakpoint
ALTER TABLE "push_deploys" ADD COLUMN "promote_from" text;