CREATE TABLE "config_changes" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"revision" integer NOT NULL,
	"config_key" text NOT NULL,
	"config_type" text NOT NULL,
	"service_id" text,
	"user_id" uuid,
	"before" jsonb,
	"after" jsonb,
	"secret_before" boolean DEFAULT false NOT NULL,
	"secret_after" boolean DEFAULT false NOT NULL,
	"description" text DEFAULT '' NOT NULL
);
--> statement-breakpoint
CREATE TABLE "config_revisions" (
	"number" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "config_revisions_number_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"author_id" uuid NOT NULL,
	"author_name" text NOT NULL,
	"reason" text DEFAULT '' NOT NULL,
	"created_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "algorithm_services" ADD COLUMN "config_revision" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "instances" ADD COLUMN "config_revision" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "service_configs" ADD COLUMN "secret" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "service_configs" ADD COLUMN "revision" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "config_changes" ADD CONSTRAINT "config_changes_revision_config_revisions_number_fk" FOREIGN KEY ("revision") REFERENCES "public"."config_revisions"("number") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "config_changes" ADD CONSTRAINT "config_changes_service_id_algorithm_services_id_fk" FOREIGN KEY ("service_id") REFERENCES "public"."algorithm_services"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "config_changes_revision_idx" ON "config_changes" USING btree ("revision");--> statement-breakpoint
CREATE INDEX "config_changes_key_idx" ON "config_changes" USING btree ("config_type","service_id","config_key","revision");--> statement-breakpoint
ALTER TABLE "service_configs" ADD CONSTRAINT "service_configs_service_id_algorithm_services_id_fk" FOREIGN KEY ("service_id") REFERENCES "public"."algorithm_services"("id") ON DELETE cascade ON UPDATE no action;