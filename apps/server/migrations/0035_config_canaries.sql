CREATE TABLE "config_canaries" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"number" integer NOT NULL,
	"service_id" text NOT NULL,
	"config_key" text NOT NULL,
	"value" jsonb,
	"unset" boolean NOT NULL,
	"secret" boolean NOT NULL,
	"description" text NOT NULL,
	"base" integer NOT NULL,
	"ended" boolean DEFAULT false NOT NULL
);
--> statement-breakpoint
ALTER TABLE "config_canaries" ADD CONSTRAINT "config_canaries_service_id_algorithm_services_id_fk" FOREIGN KEY ("service_id") REFERENCES "public"."algorithm_services"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "config_canaries_service_idx" ON "config_canaries" USING btree ("service_id","number");