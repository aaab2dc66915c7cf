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
 * A condition for front ports that no service has and that no release in deployment requests. It is one
 * condition inside the statement, so that a deploy that is stored at the same moment is seen completely or
 * not at all.
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
    /** The front ports of a service: one, or more while releases with other requested ports are being deployed. */
    frontsOf: (serviceId: string): Promise<LedgerPort[]> =>
      db
        .select()
        .from(ports)
        .where(and(eq(ports.serviceId, serviceId), eq(ports.kind, 'front'))),
    /**
     * Enters a front port for a service. False if another owner has it in the ledger. The primary key of the
     * row makes this safe for simultaneous calls.
     */
    async enterFront(port: number, serviceId: string): Promise<boolean> {
      await db
        .insert(ports)
        .values({ port, kind: 'front', state: 'reserved', serviceId })
        .onConflictDoNothing({ target: ports.port })
      const [row] = await db.select().from(ports).where(eq(ports.port, port))
      return row?.serviceId === serviceId && row.kind === 'front'
    },
    /**
     * Releases front ports that their service does not use and that none of its releases in deployment
     * requests. Resolves with these ports.
     */
    async releaseUnusedFrontPorts(serviceId: string): Promise<number[]> {
      const unused = and(eq(ports.serviceId, serviceId), isUnusedFront)
      const given = await db.delete(ports).where(unused).returning({ port: ports.port })
      return given.map(({ port }) => port)
    },
    /**
     * Gives an instance another port. The previous one becomes foreign (`isForeign`) or free. Changes nothing
     * and resolves with false if another owner has the new port in the ledger.
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
    /** Records a port without an owner in the ledger as foreign. */
    async enterForeign(port: number, kind: LedgerPort['kind']): Promise<void> {
      await db
        .insert(ports)
        .values({ port, kind, state: 'foreign' })
        .onConflictDoNothing({ target: ports.port })
    },
    async forgetForeign(port: number): Promise<void> {
      await db.delete(ports).where(and(eq(ports.port, port), eq(ports.state, 'foreign')))
    },
    /** Releases the port of an instance. */
    async releaseInstance(instanceId: string): Promise<void> {
      await db.delete(ports).where(eq(ports.instanceId, instanceId))
    },
    /**
     * Releases ports without an owner: those of instances that are not in this list (temporary ones of an
     * earlier control plane), and front ports as in {@link releaseUnusedFrontPorts}. Call this only while nothing
     * is being started.
     */
    async releaseUnclaimed(claimed: { instanceIds: readonly string[] }): Promise<void> {
      const isNobodys = or(isNull(ports.instanceId), notInArray(ports.instanceId, [...claimed.instanceIds]))
      const lost = or(and(eq(ports.kind, 'instance'), isNobodys), isUnusedFront)
      await db.delete(ports).where(and(eq(ports.state, 'reserved'), lost))
    },
  }
}
