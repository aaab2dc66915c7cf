CREATE TABLE "hook_deliveries" (
	"signature" text PRIMARY KEY NOT NULL,
	"received_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "pipelines" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"service_id" text NOT NULL,
	"algorithm_id" text NOT NULL,
	"branch" text NOT NULL,
	"commit" text NOT NULL,
	"previous_commit" text,
	"message" text NOT NULL,
	"author" text NOT NULL,
	"trigger" text NOT NULL,
	"state" text NOT NULL,
	"reason" jsonb,
	"task_id" uuid,
	"version" integer,
	"release" integer,
	"approved_by" text,
	"report_problem" jsonb,
	"created_at" timestamp with time zone NOT NULL,
	"started_at" timestamp with time zone,
	"finished_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "push_deploys" (
	"service_id" text PRIMARY KEY NOT NULL,
	"enabled" boolean NOT NULL,
	"branch" text,
	"test_command" jsonb,
	"test_timeout_s" integer NOT NULL,
	"approval" boolean NOT NULL,
	"author_id" uuid NOT NULL,
	"author_name" text NOT NULL,
	"author_services" jsonb,
	"hook_repository" text,
	"hook_id" integer,
	"hook_secret" text,
	"hook_state" text,
	"hook_problem" jsonb,
	"last_seen_commit" text,
	"problem" jsonb,
	"updated_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "pipelines" ADD CONSTRAINT "pipelines_service_id_algorithm_services_id_fk" FOREIGN KEY ("service_id") REFERENCES "public"."algorithm_services"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "hook_deliveries_received_idx" ON "hook_deliveries" USING btree ("received_at");--> statement-breakpoint
CREATE INDEX "pipelines_created_idx" ON "pipelines" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "pipelines_service_idx" ON "pipelines" USING btree ("service_id","created_at");--> statement-breakpoint
CREATE INDEX "pipelines_state_idx" ON "pipelines" USING btree ("state");