ALTER TABLE "service_events" ALTER COLUMN "reason" SET DATA TYPE jsonb USING CASE WHEN "reason" IS NULL THEN NULL ELSE jsonb_build_object('zh', "reason", 'en', "reason") END;--> statement-breakpoint
ALTER TABLE "releases" ALTER COLUMN "failure" SET DATA TYPE jsonb USING CASE WHEN "failure" IS NULL THEN NULL ELSE jsonb_build_object('zh', "failure", 'en', "failure") END;
