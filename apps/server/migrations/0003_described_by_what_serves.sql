ALTER TABLE "algorithm_versions" ADD COLUMN "stated" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "algorithms" ADD COLUMN "package_words" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
UPDATE "algorithms" SET "package_words" = "newest"."words" FROM (
  SELECT DISTINCT ON ("algorithm_id") "algorithm_id",
    jsonb_build_object('name', "manifest"->'name', 'description', "manifest"->'description') AS "words"
  FROM "algorithm_versions" ORDER BY "algorithm_id", "number" DESC
) AS "newest" WHERE "newest"."algorithm_id" = "algorithms"."id";
