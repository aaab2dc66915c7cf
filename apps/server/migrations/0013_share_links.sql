ALTER TABLE "share_visitors" ADD COLUMN "password_hash" text;--> statement-breakpoint
UPDATE "share_visitors" SET "password_hash" = "shares"."password_hash" FROM "shares" WHERE "shares"."id" = "share_visitors"."share_id";--> statement-breakpoint
ALTER TABLE "shares" ADD COLUMN "last_viewed_at" timestamp with time zone;