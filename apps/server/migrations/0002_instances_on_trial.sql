ALTER TABLE "instances" ADD COLUMN "on_trial" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "releases" ADD COLUMN "instances_made" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "ports_instance_key" ON "ports" USING btree ("instance_id");--> statement-breakpoint
UPDATE "releases" SET "instances_made" = 1;