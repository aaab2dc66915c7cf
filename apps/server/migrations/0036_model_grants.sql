CREATE TABLE "model_grants" (
	"algorithm_id" text NOT NULL,
	"owner_id" uuid NOT NULL,
	"sha256" text NOT NULL,
	CONSTRAINT "model_grants_algorithm_id_owner_id_sha256_pk" PRIMARY KEY("algorithm_id","owner_id","sha256")
);--> statement-breakpoint
INSERT INTO "model_grants" ("algorithm_id", "owner_id", "sha256")
SELECT DISTINCT "algorithms"."id", "algorithms"."owner_id", "named" ->> 'sha256'
FROM "releases"
JOIN "algorithm_services" ON "algorithm_services"."id" = "releases"."service_id"
JOIN "algorithms" ON "algorithms"."id" = "algorithm_services"."algorithm_id"
CROSS JOIN jsonb_array_elements(coalesce("releases"."manifest" -> 'models', '[]')) AS "named"
WHERE "releases"."status" <> 'failed';