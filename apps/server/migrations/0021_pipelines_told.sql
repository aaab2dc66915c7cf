ALTER TABLE "pipelines" ADD COLUMN "deploy_task_id" uuid;--> statement-breakpoint
ALTER TABLE "pipelines" ADD COLUMN "tested_command" jsonb;--> statement-breakpoint
ALTER TABLE "pipelines" ADD COLUMN "told" text;--> statement-breakpoint
ALTER TABLE "push_deploys" ADD COLUMN "author_key_id" uuid;