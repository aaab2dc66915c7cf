import { and, count, desc, eq, gt, isNull } from 'drizzle-orm'
import type { Invite, Role } from '@vitrine/contract'
import type { Database } from '../../adapters/database/database.ts'
import { customRoles } from '../users/users.tables.ts'
import { invites } from './invites.tables.ts'

type Row = { invite: typeof invites.$inferSelect; custom: typeof customRoles.$inferSelect | null }

const toInvite = ({ invite: row, custom }: Row): Invite => ({
  id: row.id,
  role: row.role,
  custom_role: custom && { id: custom.id, name: custom.name, permissions: custom.permissions },
  note: row.note,
  created_by: row.createdBy,
  created_at: row.createdAt.toISOString(),
  expires_at: row.expiresAt.toISOString(),
  used_at: row.usedAt?.toISOString() ?? null,
  used_by: row.usedBy,
})

/** Invitations in PostgreSQL. */
export type InvitesRepository = ReturnType<typeof createInvitesRepository>

export function createInvitesRepository({ db }: { db: Database }) {
  const isGood = (tokenHash: string, now: Date) =>
    and(eq(invites.tokenHash, tokenHash), isNull(invites.usedAt), gt(invites.expiresAt, now))
  const withRole = () =>
    db
      .select({ invite: invites, custom: customRoles })
      .from(invites)
      .leftJoin(customRoles, eq(customRoles.id, invites.customRoleId))
  return {
    /** How many invitations of somebody nobody has used. */
    async countUnused(makerId: string): Promise<number> {
      const [found] = await db
        .select({ total: count() })
        .from(invites)
        .where(and(eq(invites.createdById, makerId), isNull(invites.usedAt)))
      return found?.total ?? 0
    },

    async create(row: {
      tokenHash: string
      role: Role
      customRoleId: string | null
      note: string
      createdBy: string
      createdById: string
      createdAt: Date
      expiresAt: Date
    }): Promise<Invite> {
      const [made] = await db.insert(invites).values(row).returning({ id: invites.id })
      const [read] = made ? await withRole().where(eq(invites.id, made.id)) : []
      if (!read) throw new Error('insert returned no row')
      return toInvite(read)
    },

    async list(page: { limit: number; offset: number }): Promise<{ items: Invite[]; total: number }> {
      const rows = await withRole()
        .orderBy(desc(invites.createdAt), desc(invites.id))
        .limit(page.limit)
        .offset(page.offset)
      const [counted] = await db.select({ total: count() }).from(invites)
      return { items: rows.map(toInvite), total: counted?.total ?? 0 }
    },

    /** The invitation of a token, if it can be used now, and who made it. */
    async findGood(tokenHash: string, now: Date): Promise<{ invite: Invite; createdById: string } | null> {
      const [row] = await withRole().where(isGood(tokenHash, now))
      return row ? { invite: toInvite(row), createdById: row.invite.createdById } : null
    },

    /** Uses an invitation up. Of several simultaneous calls, one gets it and the others get null. */
    async take(
      tokenHash: string,
      usedBy: string,
      now: Date,
    ): Promise<{ id: string; role: Role; customRoleId: string | null } | null> {
      const [row] = await db
        .update(invites)
        .set({ usedAt: now, usedBy })
        .where(isGood(tokenHash, now))
        .returning({ id: invites.id, role: invites.role, customRoleId: invites.customRoleId })
      return row ?? null
    },

    async find(id: string): Promise<{ invite: Invite; createdById: string } | null> {
      const [row] = await withRole().where(eq(invites.id, id))
      return row ? { invite: toInvite(row), createdById: row.invite.createdById } : null
    },

    /** Resolves with whether there was one. */
    async remove(id: string): Promise<boolean> {
      return (await db.delete(invites).where(eq(invites.id, id)).returning({ id: invites.id })).length > 0
    },
  }
}
