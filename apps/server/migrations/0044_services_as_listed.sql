DROP INDEX "algorithm_services_created_idx";--> statement-breakpoint
CREATE INDEX "algorithm_services_listed_idx" ON "algorithm_services" USING btree ("created_at","id");