ALTER TABLE "runs" ADD COLUMN "links_of" uuid;--> statement-breakpoint
CREATE INDEX "runs_links_idx" ON "runs" USING btree ("links_of") WHERE "runs"."links_of" is not null;--> statement-breakpoint
UPDATE "runs" SET "links_of" = "shares"."created_by_id" FROM "share_visitors"
  JOIN "shares" ON "shares"."id" = "share_visitors"."share_id" WHERE "share_visitors"."id" = "runs"."created_by_id";
