CREATE TABLE "environment_locks" (
	"sha256" text PRIMARY KEY NOT NULL,
	"text" text NOT NULL,
	"cut" boolean NOT NULL
);
--> statement-breakpoint
ALTER TABLE "releases" ADD COLUMN "environment_sha256" text;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "facts" jsonb;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "result_sha256" text;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "replay_of" uuid;