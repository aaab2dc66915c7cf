CREATE TABLE "config_drafts" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"author_id" uuid NOT NULL,
	"author_name" text NOT NULL,
	"config_key" text NOT NULL,
	"config_type" text NOT NULL,
	"service_id" text,
	"user_id" uuid,
	"value" jsonb,
	"unset" boolean NOT NULL,
	"secret" boolean NOT NULL,
	"description" text NOT NULL,
	"base" integer NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "config_drafts_author_key" UNIQUE NULLS NOT DISTINCT("config_type","service_id","user_id","author_id","config_key")
);
--> statement-breakpoint
ALTER TABLE "config_drafts" ADD CONSTRAINT "config_drafts_author_id_users_id_fk" FOREIGN KEY ("author_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "config_drafts" ADD CONSTRAINT "config_drafts_service_id_algorithm_services_id_fk" FOREIGN KEY ("service_id") REFERENCES "public"."algorithm_services"("id") ON DELETE cascade ON UPDATE no action;