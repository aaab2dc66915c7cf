import { eq, inArray, sql } from 'drizzle-orm'
import type { Database } from '../../adapters/database/database.ts'
import { instanceId } from './instance-spec.ts'
import { freeLogPart } from './log-names.ts'
import { algorithmServices } from '../services/services.tables.ts'
import { isRelease, releases } from '../releases/releases.tables.ts'
import { instances, isInstanceOf } from './instances.tables.ts'

/** An instance that should exist. */
export type StoredInstance = typeof instances.$inferSelect

/** Rows of `instances`: the desired instances, not the running ones. */
export type InstancesRepository = ReturnType<typeof createInstancesRepository>

export function createInstancesRepository({ db }: { db: Database }) {
  return {
    /** The instances of a service, or of all services. */
    list: (serviceId?: string): Promise<StoredInstance[]> =>
      db
        .select()
        .from(instances)
        .where(serviceId === undefined ? undefined : eq(instances.serviceId, serviceId))
        .orderBy(instances.serviceId, instances.replica, instances.createdAt, instances.id),
    /** Creates instances of a release, each with the next number. */
    async insert(
      release: { serviceId: string; number: number },
      wanted: readonly (Pick<StoredInstance, 'replica' | 'mode' | 'limits' | 'network' | 'onTrial'> & {
        configRevision?: number
      })[],
    ): Promise<StoredInstance[]> {
      const { serviceId, number } = release
      return db.transaction(async (tx) => {
        const [made] = await tx
          .update(releases)
          .set({ instancesMade: sql`${releases.instancesMade} + ${wanted.length}` })
          .where(isRelease(serviceId, number))
          .returning({ last: releases.instancesMade })
        if (!made) throw new Error(`no release ${number} of ${serviceId}`)
        const first = made.last - wanted.length + 1
        const beside = await tx
          .select({ replica: instances.replica, logPart: instances.logPart })
          .from(instances)
          .where(eq(instances.serviceId, serviceId))
        const partFor = (replica: number) =>
          freeLogPart(beside.flatMap((other) => (other.replica === replica ? other.logPart : [])))
        const named = wanted.map((instance, index) => ({
          ...instance,
          serviceId,
          release: number,
          logPart: partFor(instance.replica),
          id: instanceId(serviceId, number, first + index),
        }))
        return tx.insert(instances).values(named).returning()
      })
    },
    /** Marks the instances of a release as proven: they now serve. */
    async endTrial(serviceId: string, release: number): Promise<void> {
      await db.update(instances).set({ onTrial: false }).where(isInstanceOf(serviceId, release))
    },
    /** Adds one to the number of restarts because of health. */
    async countHealthRestart(id: string): Promise<void> {
      await db
        .update(instances)
        .set({ healthRestarts: sql`${instances.healthRestarts} + 1` })
        .where(eq(instances.id, id))
    },
    /** Notes that instances have another revision of the configuration, which they got while they ran. */
    async configured(ids: readonly string[], configRevision: number): Promise<void> {
      await db
        .update(instances)
        .set({ configRevision })
        .where(inArray(instances.id, [...ids]))
    },
    /** Deletes those of a release. */
    async deleteOf(serviceId: string, release: number): Promise<void> {
      await db.delete(instances).where(isInstanceOf(serviceId, release))
    },
    async delete(id: string): Promise<void> {
      await db.delete(instances).where(eq(instances.id, id))
    },
    /** Moves instances and their services from modes that this machine does not have to another mode. */
    async moveModes(from: readonly StoredInstance['mode'][], to: StoredInstance['mode']): Promise<string[]> {
      return db.transaction(async (tx) => {
        await tx
          .update(instances)
          .set({ mode: to })
          .where(inArray(instances.mode, [...from]))
        const moved = await tx
          .update(algorithmServices)
          .set({ mode: to, updatedAt: new Date() })
          .where(inArray(algorithmServices.mode, [...from]))
          .returning({ id: algorithmServices.id })
        return moved.map(({ id }) => id)
      })
    },
  }
}
