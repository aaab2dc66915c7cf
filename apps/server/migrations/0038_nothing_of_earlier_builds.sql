ALTER TABLE "audit_log" ALTER COLUMN "number" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "audit_log" ALTER COLUMN "digest" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "audit_log" ALTER COLUMN "hash" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "runs" ALTER COLUMN "facts" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "audit_chain" DROP COLUMN "unchained";