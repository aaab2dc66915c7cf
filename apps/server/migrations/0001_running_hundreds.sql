CREATE TABLE "service_events" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"service_id" text NOT NULL,
	"instance_id" text,
	"release" integer,
	"status" text NOT NULL,
	"health" text NOT NULL,
	"reason" text
);
--> statement-breakpoint
CREATE TABLE "access_log_positions" (
	"file" text PRIMARY KEY NOT NULL,
	"offset" bigint NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "algorithm_services" ADD COLUMN "asleep" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "algorithm_services" ADD COLUMN "limits" jsonb;--> statement-breakpoint
ALTER TABLE "algorithm_services" ADD COLUMN "idle_minutes" integer;--> statement-breakpoint
ALTER TABLE "algorithm_services" ADD COLUMN "unhealthy_probes" integer DEFAULT 6;--> statement-breakpoint
ALTER TABLE "instances" ADD COLUMN "mode" text DEFAULT 'supervisor' NOT NULL;--> statement-breakpoint
ALTER TABLE "instances" ADD COLUMN "limits" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "releases" ADD COLUMN "config" jsonb;--> statement-breakpoint
ALTER TABLE "ports" ADD COLUMN "instance_id" text;--> statement-breakpoint
ALTER TABLE "algorithm_calls" ADD COLUMN "instance_id" text;--> statement-breakpoint
ALTER TABLE "algorithm_calls" ADD COLUMN "method" text DEFAULT 'POST' NOT NULL;--> statement-breakpoint
ALTER TABLE "algorithm_calls" ADD COLUMN "error" text;--> statement-breakpoint
ALTER TABLE "service_events" ADD CONSTRAINT "service_events_service_id_algorithm_services_id_fk" FOREIGN KEY ("service_id") REFERENCES "public"."algorithm_services"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "service_events_service_idx" ON "service_events" USING btree ("service_id","id");--> statement-breakpoint
CREATE INDEX "service_events_at_idx" ON "service_events" USING btree ("at");--> statement-breakpoint
CREATE INDEX "algorithm_calls_caller_idx" ON "algorithm_calls" USING btree ("caller","time");--> statement-breakpoint
UPDATE "instances" SET "mode" = "s"."mode" FROM "algorithm_services" "s" WHERE "s"."id" = "instances"."service_id";--> statement-breakpoint
UPDATE "ports" SET "instance_id" = "i"."id" FROM "instances" "i" WHERE "i"."port" = "ports"."port" AND "ports"."kind" = 'instance';
