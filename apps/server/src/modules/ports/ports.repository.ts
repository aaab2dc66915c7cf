import { and, eq, isNull, notInArray, or, type SQL } from 'drizzle-orm'
import type { Database } from '../../adapters/database/database.ts'
import { ports } from './ports.tables.ts'

/** A port in the ledger. */
export type LedgerPort = typeof ports.$inferSelect

/** Whose a port is: an instance's, or (`instance` null) a service's own for its life, its front port. */
export type PortOwner = { serviceId: string; instance: { id: string; release: number } | null }

/** The kind of port that an owner has. */
export const kindOf = (owner: PortOwner): LedgerPort['kind'] => (owner.instance ? 'instance' : 'front')

/** Rows of `ports`. */
export type PortsRepository = ReturnType<typeof createPortsRepository>

const ownedBy = ({ serviceId, instance }: PortOwner): SQL | undefined =>
  instance ? eq(ports.instanceId, instance.id) : and(eq(ports.serviceId, serviceId), eq(ports.kind, 'front'))

export function createPortsRepository({ db }: { db: Database }) {
  return {
    all: (): Promise<LedgerPort[]> => db.select().from(ports).orderBy(ports.port),
    ownedBy: (owner: PortOwner): Promise<LedgerPort[]> => db.select().from(ports).where(ownedBy(owner)),
    /** Enters a port for its owner, or as a stranger's, unless it is in the ledger already; says whether it was entered. The row's key makes this safe under concurrency. */
    async enter(row: { port: number; kind: LedgerPort['kind']; owner: PortOwner | null }): Promise<boolean> {
      const { port, kind, owner } = row
      const entered = await db
        .insert(ports)
        .values({
          ...{ port, kind, state: owner ? 'reserved' : 'foreign' },
          serviceId: owner?.serviceId ?? null,
          release: owner?.instance?.release ?? null,
          instanceId: owner?.instance?.id ?? null,
        })
        .onConflictDoNothing({ target: ports.port })
        .returning({ port: ports.port })
      return entered.length > 0
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
