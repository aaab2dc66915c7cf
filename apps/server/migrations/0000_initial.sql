CREATE TABLE "roles" (
	"name" text PRIMARY KEY NOT NULL,
	"description" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"username" text NOT NULL,
	"password_hash" text NOT NULL,
	"role" text NOT NULL,
	"disabled" boolean DEFAULT false NOT NULL,
	"tokens_valid_from" timestamp with time zone DEFAULT now() NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_login_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "login_failures" (
	"subject" text PRIMARY KEY NOT NULL,
	"failures" integer DEFAULT 0 NOT NULL,
	"last_failure_at" timestamp with time zone NOT NULL,
	"blocked_until" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"user_id" uuid NOT NULL,
	"refresh_hash" text NOT NULL,
	"previous_hash" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"refreshed_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "api_keys" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"owner_id" uuid NOT NULL,
	"name" text NOT NULL,
	"prefix" text NOT NULL,
	"sha256" text NOT NULL,
	"scopes" jsonb NOT NULL,
	"service_ids" jsonb,
	"expires_at" timestamp with time zone,
	"last_used_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "audit_log" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"actor" text NOT NULL,
	"action" text NOT NULL,
	"target" text NOT NULL,
	"details" jsonb NOT NULL,
	"request_id" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "algorithm_versions" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"algorithm_id" text NOT NULL,
	"number" integer NOT NULL,
	"commit" text NOT NULL,
	"message" text NOT NULL,
	"manifest" jsonb NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "algorithms" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"task" text NOT NULL,
	"description" text NOT NULL,
	"cover" text,
	"translations" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"owner_id" uuid NOT NULL,
	"owner_name" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "algorithm_repositories" (
	"algorithm_id" text PRIMARY KEY NOT NULL,
	"provider" text NOT NULL,
	"url" text NOT NULL,
	"branch" text NOT NULL,
	"last_commit" text,
	"last_sync_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "algorithm_services" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"translations" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"algorithm_id" text NOT NULL,
	"group_id" uuid,
	"desired" text NOT NULL,
	"mode" text NOT NULL,
	"replicas" integer DEFAULT 1 NOT NULL,
	"asleep" boolean DEFAULT false NOT NULL,
	"limits" jsonb,
	"idle_minutes" integer,
	"unhealthy_probes" integer DEFAULT 6,
	"front_port" integer,
	"current_release" integer,
	"options" jsonb NOT NULL,
	"owner_id" uuid NOT NULL,
	"owner_name" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "service_events" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"service_id" text NOT NULL,
	"instance_id" text,
	"release" integer,
	"status" text NOT NULL,
	"health" text NOT NULL,
	"reason" jsonb
);
--> statement-breakpoint
CREATE TABLE "service_groups" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"name" text NOT NULL,
	"colour" text NOT NULL,
	"position" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "service_groups_name_unique" UNIQUE("name")
);
--> statement-breakpoint
CREATE TABLE "releases" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"service_id" text NOT NULL,
	"number" integer NOT NULL,
	"commit" text NOT NULL,
	"manifest" jsonb NOT NULL,
	"environment_hash" text,
	"examples" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"cover_asset_id" uuid,
	"config" jsonb NOT NULL,
	"service_change" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"failure" jsonb,
	"instances_made" integer DEFAULT 0 NOT NULL,
	"status" text NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "instances" (
	"id" text PRIMARY KEY NOT NULL,
	"service_id" text NOT NULL,
	"release" integer NOT NULL,
	"replica" integer NOT NULL,
	"mode" text DEFAULT 'supervisor' NOT NULL,
	"health_restarts" integer DEFAULT 0 NOT NULL,
	"limits" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"on_trial" boolean DEFAULT false NOT NULL,
	"log_part" text DEFAULT '' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "ports" (
	"port" integer PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"state" text NOT NULL,
	"service_id" text,
	"release" integer,
	"instance_id" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "tasks" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"kind" text NOT NULL,
	"state" text NOT NULL,
	"service_id" text,
	"input" jsonb NOT NULL,
	"steps" jsonb NOT NULL,
	"result" jsonb,
	"error" jsonb,
	"created_by_id" uuid NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp with time zone,
	"finished_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "assets" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"sha256" text NOT NULL,
	"name" text NOT NULL,
	"kind" text NOT NULL,
	"mime" text NOT NULL,
	"size" bigint NOT NULL,
	"status" text NOT NULL,
	"width" integer,
	"height" integer,
	"duration_s" real,
	"frame_rate" real,
	"reason" jsonb,
	"variants" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"task_id" uuid,
	"origin" text NOT NULL,
	"tags" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"owner_id" uuid NOT NULL,
	"key_id" uuid,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "comparisons" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"title" text NOT NULL,
	"input_data" jsonb NOT NULL,
	"input_bytes" integer NOT NULL,
	"cells" jsonb NOT NULL,
	"created_by_id" uuid NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "run_files" (
	"id" serial PRIMARY KEY NOT NULL,
	"run_id" uuid,
	"name" text NOT NULL,
	"sha256" text NOT NULL,
	"mime" text NOT NULL,
	"size" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "runs" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"service_id" text NOT NULL,
	"release" integer,
	"commit" text,
	"status" text NOT NULL,
	"progress" real,
	"progress_message" text,
	"input_data" jsonb NOT NULL,
	"input_bytes" integer NOT NULL,
	"result_bytes" integer DEFAULT 0 NOT NULL,
	"parameters" jsonb NOT NULL,
	"result" jsonb,
	"error" jsonb,
	"logs" text DEFAULT '' NOT NULL,
	"call" jsonb,
	"unkept_files" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"pinned" boolean DEFAULT false NOT NULL,
	"created_by_id" uuid NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp with time zone,
	"finished_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "share_assets" (
	"asset_id" uuid PRIMARY KEY NOT NULL,
	"visitor_id" uuid NOT NULL
);
--> statement-breakpoint
CREATE TABLE "share_visitors" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"share_id" uuid NOT NULL,
	"secret_hash" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "shares" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"token_hash" text NOT NULL,
	"kind" text NOT NULL,
	"target_id" text NOT NULL,
	"title" text NOT NULL,
	"text" text NOT NULL,
	"may_run" boolean NOT NULL,
	"max_runs" integer,
	"runs_used" integer DEFAULT 0 NOT NULL,
	"views" integer DEFAULT 0 NOT NULL,
	"password_hash" text,
	"expires_at" timestamp with time zone,
	"revoked_at" timestamp with time zone,
	"created_by_id" uuid NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "service_configs" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"config_key" text NOT NULL,
	"config_value" jsonb NOT NULL,
	"config_type" text NOT NULL,
	"service_id" text,
	"user_id" uuid,
	"description" text DEFAULT '' NOT NULL,
	"status" text DEFAULT 'active' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "service_configs_scope_key" UNIQUE NULLS NOT DISTINCT("config_type","service_id","user_id","config_key")
);
--> statement-breakpoint
CREATE TABLE "access_log_positions" (
	"file" text PRIMARY KEY NOT NULL,
	"offset" bigint NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
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
CREATE TABLE "algorithm_calls" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"service_id" text NOT NULL,
	"release" integer,
	"instance_id" text,
	"caller" text,
	"method" text DEFAULT 'POST' NOT NULL,
	"route" text NOT NULL,
	"status" integer NOT NULL,
	"latency_ms" real NOT NULL,
	"bytes_in" bigint NOT NULL,
	"bytes_out" bigint NOT NULL,
	"request_id" text NOT NULL,
	"error" text,
	"time" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "gitea_configs" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"server_url" text NOT NULL,
	"access_token" text NOT NULL,
	"default_owner" text NOT NULL,
	"repo_prefix" text DEFAULT '' NOT NULL,
	"status" text DEFAULT 'active' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "users" ADD CONSTRAINT "users_role_roles_name_fk" FOREIGN KEY ("role") REFERENCES "public"."roles"("name") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_owner_id_users_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "algorithm_versions" ADD CONSTRAINT "algorithm_versions_algorithm_id_algorithms_id_fk" FOREIGN KEY ("algorithm_id") REFERENCES "public"."algorithms"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "algorithm_repositories" ADD CONSTRAINT "algorithm_repositories_algorithm_id_algorithms_id_fk" FOREIGN KEY ("algorithm_id") REFERENCES "public"."algorithms"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "algorithm_services" ADD CONSTRAINT "algorithm_services_algorithm_id_algorithms_id_fk" FOREIGN KEY ("algorithm_id") REFERENCES "public"."algorithms"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "algorithm_services" ADD CONSTRAINT "algorithm_services_group_id_service_groups_id_fk" FOREIGN KEY ("group_id") REFERENCES "public"."service_groups"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "service_events" ADD CONSTRAINT "service_events_service_id_algorithm_services_id_fk" FOREIGN KEY ("service_id") REFERENCES "public"."algorithm_services"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "releases" ADD CONSTRAINT "releases_service_id_algorithm_services_id_fk" FOREIGN KEY ("service_id") REFERENCES "public"."algorithm_services"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "instances" ADD CONSTRAINT "instances_service_id_algorithm_services_id_fk" FOREIGN KEY ("service_id") REFERENCES "public"."algorithm_services"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "run_files" ADD CONSTRAINT "run_files_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "share_assets" ADD CONSTRAINT "share_assets_visitor_id_share_visitors_id_fk" FOREIGN KEY ("visitor_id") REFERENCES "public"."share_visitors"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "share_visitors" ADD CONSTRAINT "share_visitors_share_id_shares_id_fk" FOREIGN KEY ("share_id") REFERENCES "public"."shares"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "users_username_key" ON "users" USING btree (lower("username"));--> statement-breakpoint
CREATE INDEX "sessions_user_idx" ON "sessions" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "sessions_refresh_idx" ON "sessions" USING btree ("refresh_hash");--> statement-breakpoint
CREATE INDEX "sessions_previous_idx" ON "sessions" USING btree ("previous_hash");--> statement-breakpoint
CREATE UNIQUE INDEX "api_keys_sha256_key" ON "api_keys" USING btree ("sha256");--> statement-breakpoint
CREATE INDEX "api_keys_owner_idx" ON "api_keys" USING btree ("owner_id");--> statement-breakpoint
CREATE INDEX "audit_log_created_idx" ON "audit_log" USING btree ("created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "algorithm_versions_number_key" ON "algorithm_versions" USING btree ("algorithm_id","number");--> statement-breakpoint
CREATE INDEX "algorithm_versions_commit_idx" ON "algorithm_versions" USING btree ("algorithm_id","commit");--> statement-breakpoint
CREATE INDEX "algorithms_updated_idx" ON "algorithms" USING btree ("updated_at");--> statement-breakpoint
CREATE INDEX "algorithms_owner_idx" ON "algorithms" USING btree ("owner_id");--> statement-breakpoint
CREATE UNIQUE INDEX "algorithm_services_front_port_key" ON "algorithm_services" USING btree ("front_port");--> statement-breakpoint
CREATE INDEX "algorithm_services_algorithm_idx" ON "algorithm_services" USING btree ("algorithm_id");--> statement-breakpoint
CREATE INDEX "algorithm_services_created_idx" ON "algorithm_services" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "service_events_service_idx" ON "service_events" USING btree ("service_id","id");--> statement-breakpoint
CREATE INDEX "service_events_at_idx" ON "service_events" USING btree ("at");--> statement-breakpoint
CREATE UNIQUE INDEX "releases_number_key" ON "releases" USING btree ("service_id","number");--> statement-breakpoint
CREATE INDEX "instances_service_idx" ON "instances" USING btree ("service_id","release");--> statement-breakpoint
CREATE INDEX "ports_service_idx" ON "ports" USING btree ("service_id");--> statement-breakpoint
CREATE UNIQUE INDEX "ports_instance_key" ON "ports" USING btree ("instance_id");--> statement-breakpoint
CREATE INDEX "tasks_created_idx" ON "tasks" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "tasks_service_idx" ON "tasks" USING btree ("service_id","created_at");--> statement-breakpoint
CREATE INDEX "tasks_state_idx" ON "tasks" USING btree ("state");--> statement-breakpoint
CREATE INDEX "assets_created_idx" ON "assets" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "assets_owner_idx" ON "assets" USING btree ("owner_id","created_at");--> statement-breakpoint
CREATE INDEX "assets_sha256_idx" ON "assets" USING btree ("sha256");--> statement-breakpoint
CREATE INDEX "assets_kind_idx" ON "assets" USING btree ("kind","created_at");--> statement-breakpoint
CREATE INDEX "comparisons_created_idx" ON "comparisons" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "comparisons_creator_idx" ON "comparisons" USING btree ("created_by_id","created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "run_files_name_key" ON "run_files" USING btree ("run_id","name");--> statement-breakpoint
CREATE INDEX "run_files_sha256_idx" ON "run_files" USING btree ("sha256");--> statement-breakpoint
CREATE INDEX "runs_created_idx" ON "runs" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "runs_service_idx" ON "runs" USING btree ("service_id","created_at");--> statement-breakpoint
CREATE INDEX "runs_open_idx" ON "runs" USING btree ("status") WHERE "runs"."status" in ('queued', 'running');--> statement-breakpoint
CREATE INDEX "runs_creator_idx" ON "runs" USING btree ("created_by_id","created_at");--> statement-breakpoint
CREATE INDEX "share_assets_visitor_idx" ON "share_assets" USING btree ("visitor_id");--> statement-breakpoint
CREATE UNIQUE INDEX "share_visitors_secret_key" ON "share_visitors" USING btree ("secret_hash");--> statement-breakpoint
CREATE INDEX "share_visitors_share_idx" ON "share_visitors" USING btree ("share_id");--> statement-breakpoint
CREATE INDEX "share_visitors_created_idx" ON "share_visitors" USING btree ("created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "shares_token_key" ON "shares" USING btree ("token_hash");--> statement-breakpoint
CREATE INDEX "shares_creator_idx" ON "shares" USING btree ("created_by_id","created_at");--> statement-breakpoint
CREATE INDEX "shares_created_idx" ON "shares" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "shares_target_idx" ON "shares" USING btree ("target_id");--> statement-breakpoint
CREATE INDEX "algorithm_call_sums_at_idx" ON "algorithm_call_sums" USING btree ("step_s","at");--> statement-breakpoint
CREATE INDEX "algorithm_calls_service_idx" ON "algorithm_calls" USING btree ("service_id","time");--> statement-breakpoint
CREATE INDEX "algorithm_calls_time_idx" ON "algorithm_calls" USING btree ("time");--> statement-breakpoint
CREATE INDEX "algorithm_calls_caller_idx" ON "algorithm_calls" USING btree ("caller","time");--> statement-breakpoint
CREATE INDEX "algorithm_calls_request_idx" ON "algorithm_calls" USING btree ("request_id");--> statement-breakpoint
CREATE INDEX "algorithm_calls_unusual_idx" ON "algorithm_calls" USING btree ("time","status") WHERE "algorithm_calls"."status" >= 300;--> statement-breakpoint
CREATE INDEX "algorithm_calls_service_unusual_idx" ON "algorithm_calls" USING btree ("service_id","time","status") WHERE "algorithm_calls"."status" >= 300;