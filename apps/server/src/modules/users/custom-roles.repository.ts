import { and, asc, count, eq, isNull, sql } from 'drizzle-orm'
import { permissionsOf, type ListedRole, type Permission } from '@vitrine/contract'
import { brokenForeignKey, brokenUniqueConstraint, type Database } from '../../adapters/database/database.ts'
import { roleInUse, roleNameTaken, roleNotFound } from './users.errors.ts'
import { endTokensOf, lockAdministration } from './users.tokens.record.ts'
import { customRoles, roles, users } from './users.tables.ts'

type Content = { name: string; description: string; permissions: Permission[] }

/** Some roles: built-in ones by name, custom ones by id. */
export type RolesBelow = { builtIn: string[]; custom: string[] }

/** Roles in PostgreSQL: those that are built in, whose permissions are code, and custom ones. */
export type CustomRolesRepository = ReturnType<typeof createCustomRolesRepository>

export function createCustomRolesRepository({ db }: { db: Database }) {
  const taken = (name: string, error: unknown): unknown =>
    brokenUniqueConstraint(error) === 'custom_roles_name_key' ? roleNameTaken({ name }, error) : error

  return {
    async list(): Promise<ListedRole[]> {
      const builtIn = await db
        .select({ name: roles.name, description: roles.description, users: count(users.id) })
        .from(roles)
        .leftJoin(users, and(eq(users.role, roles.name), isNull(users.customRoleId)))
        .groupBy(roles.name)
      const custom = await db
        .select({ role: customRoles, users: count(users.id) })
        .from(customRoles)
        .leftJoin(users, eq(users.customRoleId, customRoles.id))
        .groupBy(customRoles.id)
        .orderBy(asc(customRoles.name))
      return [
        ...builtIn
          .map((row) => ({
            ...row,
            id: null,
            permissions: [...permissionsOf({ role: row.name, custom: null })],
          }))
          .toSorted((one, other) => one.permissions.length - other.permissions.length),
        ...custom.map(({ role: { id, name, description, permissions }, users: held }) => ({
          id,
          name,
          description,
          permissions,
          users: held,
        })),
      ]
    },

    async find(id: string): Promise<(Content & { id: string }) | null> {
      const [row] = await db.select().from(customRoles).where(eq(customRoles.id, id))
      return row ?? null
    },

    /** The role of a name, ignoring case. */
    async named(name: string): Promise<{ id: string; name: string } | null> {
      const { id } = customRoles
      const [row] = await db
        .select({ id, name: customRoles.name })
        .from(customRoles)
        .where(sql`lower(${customRoles.name}) = lower(${name}::text)`)
      return row ?? null
    },

    /** Throws `role.name_taken`. */
    async create(content: Content): Promise<string> {
      try {
        const [row] = await db.insert(customRoles).values(content).returning({ id: customRoles.id })
        if (!row) throw new Error('insert returned no row')
        return row.id
      } catch (error) {
        throw taken(content.name, error)
      }
    },

    /**
     * Changes what is stated of a role, if `allow` does not throw for the role as it is then. If its permissions change, the earlier
     * tokens of its holders end in the same transaction, so no token says the old permissions afterwards. Resolves with the holders
     * whose tokens ended. Throws `role.not_found`, `role.name_taken`.
     */
    async change(
      id: string,
      stated: Partial<Content>,
      { now, allow }: { now: Date; allow: (found: Content) => void },
    ): Promise<string[]> {
      try {
        return await db.transaction(async (transaction) => {
          await lockAdministration(transaction)
          const [found] = await transaction.select().from(customRoles).where(eq(customRoles.id, id))
          if (!found) throw roleNotFound({ id })
          allow(found)
          if (Object.keys(stated).length > 0)
            await transaction.update(customRoles).set(stated).where(eq(customRoles.id, id))
          return stated.permissions === undefined
            ? []
            : endTokensOf(transaction, eq(users.customRoleId, id), now)
        })
      } catch (error) {
        throw taken(stated.name ?? '', error)
      }
    },

    /** Deletes a role if `allow` does not throw for it as it is then. Throws `role.not_found`, `role.in_use`. */
    async remove(id: string, allow: (found: Content) => void): Promise<void> {
      try {
        await db.transaction(async (transaction) => {
          await lockAdministration(transaction)
          const [found] = await transaction.select().from(customRoles).where(eq(customRoles.id, id))
          if (!found) throw roleNotFound({ id })
          allow(found)
          await transaction.delete(customRoles).where(eq(customRoles.id, id))
        })
      } catch (error) {
        throw brokenForeignKey(error) === null ? error : roleInUse({ id }, error)
      }
    },
  }
}
