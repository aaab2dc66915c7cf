-- Tokens of earlier builds state no generation, so all of them are refused.
DELETE FROM "revocations";--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "token_generation" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "revocations" ADD COLUMN "before_generation" integer;--> statement-breakpoint
ALTER TABLE "users" DROP COLUMN "tokens_valid_from";--> statement-breakpoint
ALTER TABLE "revocations" DROP COLUMN "issued_before";