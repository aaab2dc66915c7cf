ALTER TABLE "instances" ADD COLUMN "network" text DEFAULT 'all' NOT NULL;--> statement-breakpoint
UPDATE "algorithm_services" SET "options" = '{"network": "all"}' || "options";--> statement-breakpoint
UPDATE "releases" SET "config" = '{"network": "all"}' || "config";
