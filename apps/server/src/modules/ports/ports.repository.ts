import { and, eq, isNull, type SQL } from 'drizzle-orm'
import type { Database } from '../../adapters/database/database.ts'
import { ports } from './ports.tables.ts'

/** A port in the ledger. */
export type LedgerPort = typeof ports.$inferSelect

/** Whose a port is; a front port belongs to a service (`release` null), an instance port to one of its releases, `temporary` ones for a while. */
export type PortOwner = { serviceId: string; release: number | null; temporary?: boolean }

/** Rows of `ports`. */
export type PortsRepository = ReturnType<typeof createPortsRepository>

const ownedBy = (owner: PortOwner): SQL | undefined =>
  and(
    eq(ports.serviceId, owner.serviceId),
    owner.release === null ? isNull(ports.release) : eq(ports.release, owner.release),
    eq(ports.temporary, owner.temporary ?? false),
  )

export function createPortsRepository({ db }: { db: Database }) {
  return {
    all: (): Promise<LedgerPort[]> => db.select().from(ports).orderBy(ports.port),
    ownedBy: (owner: PortOwner): Promise<LedgerPort[]> => db.select().from(ports).where(ownedBy(owner)),
    /** Enters a port, unless it is in the ledger already; says whether it was entered. The row's key makes this safe under concurrency. */
    async enter(row: { port: number; kind: LedgerPort['kind']; owner: PortOwner | null }): Promise<boolean> {
      const entered = await db
        .insert(ports)
        .values({
          port: row.port,
          kind: row.kind,
          state: row.owner ? 'reserved' : 'foreign',
          serviceId: row.owner?.serviceId ?? null,
          release: row.owner?.release ?? null,
          temporary: row.owner?.temporary ?? false,
        })
        .onConflictDoNothing()
        .returning({ port: ports.port })
      return entered.length > 0
    },
    /** A reserved port turned out to be a stranger's. */
    async markForeign(port: number): Promise<void> {
      await db
        .update(ports)
        .set({ state: 'foreign', serviceId: null, release: null, temporary: false })
        .where(eq(ports.port, port))
    },
    async forgetForeign(port: number): Promise<void> {
      await db.delete(ports).where(and(eq(ports.port, port), eq(ports.state, 'foreign')))
    },
    /** Gives back one port, for instance the front port that a service has exchanged for another. */
    async releasePort(port: number): Promise<void> {
      await db.delete(ports).where(eq(ports.port, port))
    },
    /** Gives back the ports of temporary instances: of one, or all. */
    async releaseTemporary(owner?: { serviceId: string; release: number }): Promise<void> {
      await db.delete(ports).where(owner ? ownedBy({ ...owner, temporary: true }) : eq(ports.temporary, true))
    },
    /** Gives back the ports of one release, or of a service with all its releases and temporary instances. */
    async release(owner: { serviceId: string; release?: number }): Promise<void> {
      await db
        .delete(ports)
        .where(
          owner.release === undefined
            ? eq(ports.serviceId, owner.serviceId)
            : ownedBy({ serviceId: owner.serviceId, release: owner.release }),
        )
    },
  }
}
