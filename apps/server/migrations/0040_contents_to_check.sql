CREATE TABLE "asset_contents_to_check" (
	"sha256" text PRIMARY KEY NOT NULL
);
