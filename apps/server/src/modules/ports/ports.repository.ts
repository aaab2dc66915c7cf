import { and, eq, isNull, notInArray, or, sql } from 'drizzle-orm'
import type { Database } from '../../adapters/database/database.ts'
import { releases } from '../releases/releases.tables.ts'
import { algorithmServices } from '../services/services.tables.ts'
import { ports } from './ports.tables.ts'

/** A port in the ledger. */
export type LedgerPort = typeof ports.$inferSelect

/** Rows of `ports`. */
export type PortsRepository = ReturnType<typeof createPortsRepository>

/**
 * That a row is a front port which no service has and no release that is being deployed asks for. One condition within the statement, so that
 * it sees a deploy that is stored at the same moment as a whole or not at all.
 */
const isUnusedFront = and(
  eq(ports.kind, 'front'),
  sql`not exists (select 1 from ${algorithmServices} where ${algorithmServices.id} = ${ports.serviceId}
    and ${algorithmServices.frontPort} = ${ports.port})`,
  sql`not exists (select 1 from ${releases} where ${releases.serviceId} = ${ports.serviceId}
    and ${releases.status} = 'deploying' and (${releases.serviceChange}->>'frontPort')::integer = ${ports.port})`,
)

export function createPortsRepository({ db }: { db: Database }) {
  return {
    all: (): Promise<LedgerPort[]> => db.select().from(ports).orderBy(ports.port),
    /** The front ports of a service: one, or more while releases that ask for others are being deployed. */
    frontsOf: (serviceId: string): Promise<LedgerPort[]> =>
      db
        .select()
        .from(ports)
        .where(and(eq(ports.serviceId, serviceId), eq(ports.kind, 'front'))),
    /** Enters a front port for a service; false where it is in the ledger as another's. The row's key makes this safe under concurrency. */
    async enterFront(port: number, serviceId: string): Promise<boolean> {
      await db
        .insert(ports)
        .values({ port, kind: 'front', state: 'reserved', serviceId })
        .onConflictDoNothing({ target: ports.port })
      const [row] = await db.select().from(ports).where(eq(ports.port, port))
      return row?.serviceId === serviceId && row.kind === 'front'
    },
    /** Gives back front ports that their service does not have and that none of its releases under way asks for; returns them. */
    async releaseUnusedFronts(serviceId: string): Promise<number[]> {
      const unused = and(eq(ports.serviceId, serviceId), isUnusedFront)
      const given = await db.delete(ports).where(unused).returning({ port: ports.port })
      return given.map(({ port }) => port)
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
    /** A front port that nobody has in the ledger turned out to be a stranger's. */
    async enterForeign(port: number): Promise<void> {
      await db
        .insert(ports)
        .values({ port, kind: 'front', state: 'foreign' })
        .onConflictDoNothing({ target: ports.port })
    },
    async forgetForeign(port: number): Promise<void> {
      await db.delete(ports).where(and(eq(ports.port, port), eq(ports.state, 'foreign')))
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
     * Gives back reserved ports that nobody has: those of instances other than these (temporary ones of a control plane that has ended), and
     * front ports as {@link releaseUnusedFronts} does. Call it only while nothing is being started.
     */
    async releaseUnclaimed(claimed: { instanceIds: readonly string[] }): Promise<void> {
      const isNobodys = or(isNull(ports.instanceId), notInArray(ports.instanceId, [...claimed.instanceIds]))
      const lost = or(and(eq(ports.kind, 'instance'), isNobodys), isUnusedFront)
      await db.delete(ports).where(and(eq(ports.state, 'reserved'), lost))
    },
  }
}
