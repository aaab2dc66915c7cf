import { and, eq, isNull, notInArray, or } from 'drizzle-orm'
import type { Database } from '../../adapters/database/database.ts'
import { ports } from './ports.tables.ts'

/** A port in the ledger. */
export type LedgerPort = typeof ports.$inferSelect

/** Rows of `ports`. */
export type PortsRepository = ReturnType<typeof createPortsRepository>

export function createPortsRepository({ db }: { db: Database }) {
  return {
    all: (): Promise<LedgerPort[]> => db.select().from(ports).orderBy(ports.port),
    /** The front ports of a service: one, or two while it exchanges them. */
    frontsOf: (serviceId: string): Promise<LedgerPort[]> =>
      db
        .select()
        .from(ports)
        .where(and(eq(ports.serviceId, serviceId), eq(ports.kind, 'front'))),
    /** Enters a front port for a service unless it is in the ledger already; says whether it was entered. The row's key makes this safe under concurrency. */
    async enterFront(port: number, serviceId: string): Promise<boolean> {
      const entered = await db
        .insert(ports)
        .values({ port, kind: 'front', state: 'reserved', serviceId })
        .onConflictDoNothing({ target: ports.port })
        .returning({ port: ports.port })
      return entered.length > 0
    },
    /**
     * An instance has another port from now on; the one before is a stranger's (`isForeign`) or nobody's. False, and nothing has changed, where
     * the port is in the ledger already, as another's.
     */
    async exchange(input: {
      instance: { id: string; serviceId: string; release: number }
      to: number
      before: { port: number; isForeign: boolean } | null
    }): Promise<boolean> {
      const { instance, to: port, before } = input
      const { id: instanceId, serviceId, release } = instance
      const isIts = eq(ports.instanceId, instanceId)
      return db.transaction(async (tx) => {
        const [there] = await tx.select().from(ports).where(eq(ports.port, port))
        if (there) return there.instanceId === instanceId
        await tx.delete(ports).where(isIts)
        if (before?.isForeign)
          await tx
            .insert(ports)
            .values({ port: before.port, kind: 'instance', state: 'foreign' })
            .onConflictDoNothing({ target: ports.port })
        await tx
          .insert(ports)
          .values({ port, kind: 'instance', state: 'reserved', serviceId, release, instanceId })
        return true
      })
    },
    /** A reserved port turned out to be a stranger's. */
    async markForeign(port: number): Promise<void> {
      await db
        .update(ports)
        .set({ state: 'foreign', serviceId: null, release: null, instanceId: null })
        .where(eq(ports.port, port))
    },
    async forgetForeign(port: number): Promise<void> {
      await db.delete(ports).where(and(eq(ports.port, port), eq(ports.state, 'foreign')))
    },
    /** Gives back one port, for instance the front port that a service has exchanged for another. */
    async releasePort(port: number): Promise<void> {
      await db.delete(ports).where(eq(ports.port, port))
    },
    /** Gives back the port of an instance. */
    async releaseInstance(instanceId: string): Promise<void> {
      await db.delete(ports).where(eq(ports.instanceId, instanceId))
    },
    /** Gives back the ports of a service with all its instances. */
    async releaseService(serviceId: string): Promise<void> {
      await db.delete(ports).where(eq(ports.serviceId, serviceId))
    },
    /**
     * Gives back reserved ports that nobody claims: those of instances that no row names (temporary ones of a control plane that has
     * ended), and front ports that no service has (a change was cut off). Call it only while nothing is being started or changed.
     */
    async releaseUnclaimed(claimed: {
      instanceIds: readonly string[]
      frontPorts: readonly number[]
    }): Promise<void> {
      const lost = or(
        and(
          eq(ports.kind, 'instance'),
          or(isNull(ports.instanceId), notInArray(ports.instanceId, [...claimed.instanceIds])),
        ),
        and(eq(ports.kind, 'front'), notInArray(ports.port, [...claimed.frontPorts])),
      )
      await db.delete(ports).where(and(eq(ports.state, 'reserved'), lost))
    },
  }
}
