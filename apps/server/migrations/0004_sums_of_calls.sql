CREATE TABLE "algorithm_call_sums" (
	"step_s" integer NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"service_id" text NOT NULL,
	"replica" integer NOT NULL,
	"calls" integer NOT NULL,
	"errors" integer NOT NULL,
	"bytes_in" bigint NOT NULL,
	"bytes_out" bigint NOT NULL,
	"latency" integer[] NOT NULL,
	CONSTRAINT "algorithm_call_sums_step_s_service_id_at_replica_pk" PRIMARY KEY("step_s","service_id","at","replica")
);
--> statement-breakpoint
CREATE INDEX "algorithm_call_sums_at_idx" ON "algorithm_call_sums" USING btree ("step_s","at");--> statement-breakpoint
CREATE INDEX "algorithm_calls_request_idx" ON "algorithm_calls" USING btree ("request_id");--> statement-breakpoint
CREATE INDEX "algorithm_calls_unusual_idx" ON "algorithm_calls" USING btree ("time","status") WHERE "algorithm_calls"."status" >= 300;--> statement-breakpoint
CREATE INDEX "algorithm_calls_service_unusual_idx" ON "algorithm_calls" USING btree ("service_id","time","status") WHERE "algorithm_calls"."status" >= 300;