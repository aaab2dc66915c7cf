import { and, asc, count, desc, eq, ne, sql, type SQL } from 'drizzle-orm'
import { role as roleNames, type HeldRole, type ListQuery, type Role, type User } from '@vitrine/contract'
import { brokenUniqueConstraint, type Database } from '../../adapters/database/database.ts'
import { sortColumn } from '../../adapters/database/sort-column.ts'
import { recordRevocations } from '../revocations/revocations.record.ts'
import { usernameTaken } from './users.errors.ts'
import { endTokensOf, lockAdministration } from './users.tokens.record.ts'
import { customRoles, roles, users } from './users.tables.ts'

/**
 * What sign-in and authentication need to know about a user. Times are in milliseconds since 1970, so that
 * the account can be cached.
 */
export type Account = {
  id: string
  username: string
  role: Role
  custom: HeldRole | null
  disabled: boolean
  tokenGeneration: number
}

/** A user as they are now, with the generation of the login tokens that may say so. Both are read at once. */
export type PersonNow = { user: User; generation: number }

/** A user with the hash of their password. */
export type Credentials = PersonNow & { passwordHash: string }

/** The fields of a user that may change. */
type UserChange = {
  role?: Role
  customRoleId?: string | null
  disabled?: boolean
  passwordHash?: string
  /** The time of the change, if it makes earlier login tokens invalid. */
  endsTokensAt?: Date
  lastLoginAt?: Date
}

type Row = { user: typeof users.$inferSelect; custom: typeof customRoles.$inferSelect | null }

const heldIn = ({ custom }: Row): HeldRole | null =>
  custom && { id: custom.id, name: custom.name, permissions: custom.permissions }

const toUser = (row: Row): User => ({
  id: row.user.id,
  username: row.user.username,
  role: row.user.role,
  custom_role: heldIn(row),
  disabled: row.user.disabled,
  created_at: row.user.createdAt.toISOString(),
  last_login_at: row.user.lastLoginAt?.toISOString() ?? null,
})

const toPerson = (row: Row): PersonNow => ({ user: toUser(row), generation: row.user.tokenGeneration })

const roleDescriptions: Record<Role, string> = {
  viewer: '查看展厅与服务，可运行 · looks and runs',
  user: '上传、部署、运维自己的服务 · uploads, deploys, operates',
  admin: '管理全部 · manages everything',
}

const sortColumns: Record<string, SQL> = {
  username: sql`lower(${users.username})`,
  role: sql`${users.role}`,
  created_at: sql`${users.createdAt}`,
  last_login_at: sql`${users.lastLoginAt}`,
}

function orderOf(sort: string): SQL[] {
  const column = sortColumn(sortColumns, sort) ?? sql`lower(${users.username})`
  return [sort.startsWith('-') ? desc(column) : asc(column), asc(users.id)]
}

function createStatements({
  db,
}: {
  db: Pick<Database, 'select' | 'insert' | 'update' | 'delete' | 'transaction'>
}) {
  const withRole = () =>
    db
      .select({ user: users, custom: customRoles })
      .from(users)
      .leftJoin(customRoles, eq(customRoles.id, users.customRoleId))
  const one = async (where: SQL | undefined): Promise<Row | null> =>
    (await withRole().where(where).limit(1))[0] ?? null
  const reread = async (id: string): Promise<User> => {
    const row = await one(eq(users.id, id))
    if (!row) throw new Error('the user that was just written is gone')
    return toUser(row)
  }

  return {
    async seedRoles(): Promise<void> {
      const rows = roleNames.options.map((name) => ({ name, description: roleDescriptions[name] }))
      await db.insert(roles).values(rows).onConflictDoNothing()
    },

    async isEmpty(): Promise<boolean> {
      return (await one(undefined)) === null
    },

    async get(id: string): Promise<User | null> {
      const row = await one(eq(users.id, id))
      return row && toUser(row)
    },

    async account(id: string): Promise<Account | null> {
      const row = await one(eq(users.id, id))
      return (
        row && {
          id: row.user.id,
          username: row.user.username,
          role: row.user.role,
          custom: heldIn(row),
          disabled: row.user.disabled,
          tokenGeneration: row.user.tokenGeneration,
        }
      )
    },

    async credentials(by: { id: string } | { username: string }): Promise<Credentials | null> {
      const where =
        'id' in by ? eq(users.id, by.id) : sql`lower(${users.username}) = lower(${by.username}::text)`
      const row = await one(where)
      return row && { ...toPerson(row), passwordHash: row.user.passwordHash }
    },

    async person(id: string): Promise<PersonNow | null> {
      const row = await one(eq(users.id, id))
      return row && toPerson(row)
    },

    async list(query: ListQuery): Promise<{ items: User[]; total: number }> {
      const where = query.q ? sql`strpos(lower(${users.username}), lower(${query.q}::text)) > 0` : undefined
      const rows = await withRole()
        .where(where)
        .orderBy(...orderOf(query.sort))
        .limit(query.page_size)
        .offset((query.page - 1) * query.page_size)
      const [counted] = await db.select({ total: count() }).from(users).where(where)
      return { items: rows.map(toUser), total: counted?.total ?? 0 }
    },

    /** Throws `user.name_taken` if the name exists, ignoring case. */
    async create(user: {
      username: string
      passwordHash: string
      role: Role
      customRoleId?: string | null
    }): Promise<User> {
      try {
        const [row] = await db.insert(users).values(user).returning()
        if (!row) throw new Error('insert returned no row')
        return await reread(row.id)
      } catch (error) {
        if (brokenUniqueConstraint(error) === 'users_username_key')
          throw usernameTaken({ username: user.username }, error)
        throw error
      }
    },

    /** Changes a user, and records that the gateway must refuse earlier tokens if the change makes them invalid. Null if the user is gone. */
    async update(id: string, change: UserChange): Promise<User | null> {
      const { endsTokensAt: endedAt, ...fields } = change
      const isThere = await db.transaction(async (transaction) => {
        const [row] = await transaction.update(users).set(fields).where(eq(users.id, id)).returning()
        if (!row) return false
        if (endedAt) await endTokensOf(transaction, eq(users.id, id), endedAt)
        return true
      })
      return isThere ? reread(id) : null
    },

    /** Removes a user, and records that the gateway must refuse all their tokens. */
    async remove(id: string, now: Date): Promise<void> {
      await db.transaction(async (transaction) => {
        await transaction.delete(users).where(eq(users.id, id))
        await recordRevocations(transaction, [{ of: { user: id }, beforeGeneration: null }], now)
      })
    },

    async otherAdministrators(id: string): Promise<number> {
      const [counted] = await db
        .select({ total: count() })
        .from(users)
        .where(and(eq(users.role, 'admin'), eq(users.disabled, false), ne(users.id, id)))
      return counted?.total ?? 0
    },
  }
}

type Statements = ReturnType<typeof createStatements>

/** Users and roles in PostgreSQL. */
export type UsersRepository = Statements & {
  /** Runs work in one transaction, and never at the same time as another change of administrators. */
  exclusively: <T>(work: (users: Statements) => Promise<T>) => Promise<T>
}

export function createUsersRepository({ db }: { db: Database }): UsersRepository {
  return {
    ...createStatements({ db }),
    exclusively: (work) =>
      db.transaction(async (transaction) => {
        await lockAdministration(transaction)
        return work(createStatements({ db: transaction }))
      }),
  }
}
