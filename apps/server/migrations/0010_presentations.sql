CREATE TABLE "presentation_revisions" (
	"service_id" text NOT NULL,
	"number" integer NOT NULL,
	"presentation" jsonb NOT NULL,
	"published_by" text NOT NULL,
	"published_at" timestamp with time zone NOT NULL,
	CONSTRAINT "presentation_revisions_service_id_number_pk" PRIMARY KEY("service_id","number")
);
--> statement-breakpoint
CREATE TABLE "presentations" (
	"service_id" text PRIMARY KEY NOT NULL,
	"published" jsonb,
	"draft" jsonb,
	"revision" integer DEFAULT 0 NOT NULL,
	"draft_revision" integer DEFAULT 0 NOT NULL,
	"edited_by" text,
	"edited_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "presentation_revisions" ADD CONSTRAINT "presentation_revisions_service_id_algorithm_services_id_fk" FOREIGN KEY ("service_id") REFERENCES "public"."algorithm_services"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "presentations" ADD CONSTRAINT "presentations_service_id_algorithm_services_id_fk" FOREIGN KEY ("service_id") REFERENCES "public"."algorithm_services"("id") ON DELETE cascade ON UPDATE no action;