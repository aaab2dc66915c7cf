CREATE TABLE "service_grants" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"group_id" uuid NOT NULL,
	"level" text NOT NULL,
	"user_id" uuid,
	"role" text,
	"custom_role_id" uuid,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "service_grants_one_holder" CHECK (num_nonnulls("service_grants"."user_id", "service_grants"."role", "service_grants"."custom_role_id") = 1)
);
--> statement-breakpoint
ALTER TABLE "service_grants" ADD CONSTRAINT "service_grants_group_id_service_groups_id_fk" FOREIGN KEY ("group_id") REFERENCES "public"."service_groups"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "service_grants" ADD CONSTRAINT "service_grants_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "service_grants" ADD CONSTRAINT "service_grants_role_roles_name_fk" FOREIGN KEY ("role") REFERENCES "public"."roles"("name") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "service_grants" ADD CONSTRAINT "service_grants_custom_role_id_custom_roles_id_fk" FOREIGN KEY ("custom_role_id") REFERENCES "public"."custom_roles"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "service_grants_user_key" ON "service_grants" USING btree ("group_id","user_id");--> statement-breakpoint
CREATE UNIQUE INDEX "service_grants_role_key" ON "service_grants" USING btree ("group_id","role");--> statement-breakpoint
CREATE UNIQUE INDEX "service_grants_custom_role_key" ON "service_grants" USING btree ("group_id","custom_role_id");--> statement-breakpoint
CREATE INDEX "service_grants_user_idx" ON "service_grants" USING btree ("user_id");