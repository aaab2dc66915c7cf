-- Pictures that only are the cover of a release. A demo input that is the cover as well stays one.
UPDATE "assets" SET "origin" = 'cover'
WHERE "origin" = 'example'
  AND EXISTS (SELECT 1 FROM "releases" WHERE "releases"."cover_asset_id" = "assets"."id")
  AND NOT EXISTS (SELECT 1 FROM "releases" WHERE "releases"."examples"::text LIKE '%' || "assets"."id" || '%');
