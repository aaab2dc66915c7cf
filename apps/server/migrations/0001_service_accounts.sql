ALTER TABLE "algorithm_services" ADD COLUMN "account" integer;--> statement-breakpoint
CREATE UNIQUE INDEX "algorithm_services_account_key" ON "algorithm_services" USING btree ("account");