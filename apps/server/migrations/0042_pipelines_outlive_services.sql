ALTER TABLE "pipelines" DROP CONSTRAINT "pipelines_service_id_algorithm_services_id_fk";
--> statement-breakpoint
ALTER TABLE "pipelines" ADD COLUMN "service_gone" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "pipelines" ADD COLUMN "pushed_by" text;