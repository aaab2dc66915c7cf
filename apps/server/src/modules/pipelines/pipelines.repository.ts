import { and, count, desc, eq, inArray, lt, or, sql, type SQL } from 'drizzle-orm'
import type { PipelineState } from '@vitrine/contract'
import type { Database } from '../../adapters/database/database.ts'
import { hookDeliveries, pipelines } from './pipelines.tables.ts'

/** A pipeline, as it is stored. */
export type StoredPipeline = typeof pipelines.$inferSelect
/** The states in which nothing happens to a pipeline any more. */
const endStates: readonly PipelineState[] = ['succeeded', 'failed', 'cancelled', 'superseded', 'skipped']

/** What a new pipeline states. */
export type NewPipeline = Pick<
  StoredPipeline,
  | 'serviceId'
  | 'algorithmId'
  | 'branch'
  | 'commit'
  | 'previousCommit'
  | 'message'
  | 'author'
  | 'pushedBy'
  | 'trigger'
  | 'promotedFrom'
  | 'state'
  | 'reason'
  | 'createdAt'
  | 'finishedAt'
>

/**
 * The filter of a list. `within` null means all services, also those that are gone. A service that is named, there or by `serviceId`, is
 * one that exists, because the id of one that is gone may be somebody else's.
 */
export type PipelineFilter = {
  serviceId?: string | undefined
  algorithmId?: string | undefined
  state?: PipelineState | undefined
  q: string
  within: readonly string[] | null
}

/** Rows of `pipelines`, and the webhooks that were taken. */
export type PipelinesRepository = ReturnType<typeof createPipelinesRepository>

const matches = (q: string): SQL | undefined =>
  q === ''
    ? undefined
    : sql`strpos(lower(concat_ws(' ', ${pipelines.serviceId}, ${pipelines.branch}, ${pipelines.commit}, ${pipelines.message}, ${pipelines.author}, ${pipelines.pushedBy})), lower(${q}::text)) > 0`

/** Its service has not been deleted. */
const isThere = eq(pipelines.serviceGone, false)

const where = ({ serviceId, algorithmId, state, q, within }: PipelineFilter): SQL | undefined =>
  and(
    serviceId === undefined ? undefined : and(eq(pipelines.serviceId, serviceId), isThere),
    algorithmId === undefined ? undefined : eq(pipelines.algorithmId, algorithmId),
    state === undefined ? undefined : eq(pipelines.state, state),
    within === null ? undefined : and(inArray(pipelines.serviceId, [...within]), isThere),
    matches(q),
  )

export function createPipelinesRepository({ db }: { db: Database }) {
  const inState = (states: readonly PipelineState[]) => inArray(pipelines.state, [...states])
  return {
    async insert(row: NewPipeline): Promise<StoredPipeline> {
      const [inserted] = await db.insert(pipelines).values(row).returning()
      if (!inserted) throw new Error('insert returned no row')
      return inserted
    },
    async get(id: string): Promise<StoredPipeline | null> {
      const [row] = await db.select().from(pipelines).where(eq(pipelines.id, id))
      return row ?? null
    },
    /** Changes a pipeline that is in one of these states. Resolves with it, or null if it is not, or gone. */
    async change(
      id: string,
      from: readonly PipelineState[],
      change: Partial<Omit<StoredPipeline, 'id' | 'serviceId'>>,
    ): Promise<StoredPipeline | null> {
      const [row] = await db
        .update(pipelines)
        .set(change)
        .where(and(eq(pipelines.id, id), inState(from)))
        .returning()
      return row ?? null
    },
    /** Changes all pipelines of a service that are in one of these states, but for those of an earlier service with its id. Resolves with them. */
    async changeAll(
      serviceId: string,
      from: readonly PipelineState[],
      change: Partial<Omit<StoredPipeline, 'id' | 'serviceId'>>,
    ): Promise<StoredPipeline[]> {
      return db
        .update(pipelines)
        .set(change)
        .where(and(eq(pipelines.serviceId, serviceId), isThere, inState(from)))
        .returning()
    },
    /** Keeps the pipelines of a service that is being deleted as those of a service that is gone. */
    async outlive(serviceId: string): Promise<void> {
      await db.update(pipelines).set({ serviceGone: true }).where(eq(pipelines.serviceId, serviceId))
    },
    /** The newest pipeline of a service in a state. */
    async newest(serviceId: string, state: PipelineState): Promise<StoredPipeline | null> {
      const [row] = await db
        .select()
        .from(pipelines)
        .where(and(eq(pipelines.serviceId, serviceId), isThere, eq(pipelines.state, state)))
        .orderBy(desc(pipelines.createdAt))
        .limit(1)
      return row ?? null
    },
    /** All pipelines in one of these states. */
    async unfinished(states: readonly PipelineState[]): Promise<StoredPipeline[]> {
      return db.select().from(pipelines).where(inState(states)).orderBy(pipelines.createdAt)
    },
    /** Pipelines that have ended, and whose commits may still be marked as pending. The newest first. */
    async endedWithoutMark(most: number): Promise<StoredPipeline[]> {
      return db
        .select()
        .from(pipelines)
        .where(and(inState(endStates), eq(pipelines.told, 'pending')))
        .orderBy(desc(pipelines.createdAt))
        .limit(most)
    },
    /** Pipelines that ended before a time, and those of each service beyond so many that have ended. */
    async old({ before, perService }: { before: Date; perService: number }) {
      const place = sql<number>`row_number() over (partition by ${pipelines.serviceId} order by ${pipelines.createdAt} desc)`
      const { id, serviceId, finishedAt } = pipelines
      const ended = db
        .select({ id, serviceId, finishedAt, place: place.as('place') })
        .from(pipelines)
        .where(inState(endStates))
        .as('ended')
      return db
        .select({ id: ended.id, serviceId: ended.serviceId })
        .from(ended)
        .where(or(lt(ended.finishedAt, before), sql`${ended.place} > ${perService}`))
    },
    async remove(ids: readonly string[]): Promise<void> {
      await db.delete(pipelines).where(inArray(pipelines.id, [...ids]))
    },
    /** A page of pipelines, newest first. */
    async list(
      filter: PipelineFilter,
      page: { limit: number; offset: number },
    ): Promise<{ items: StoredPipeline[]; total: number }> {
      const items = await db
        .select()
        .from(pipelines)
        .where(where(filter))
        .orderBy(desc(pipelines.createdAt), pipelines.id)
        .limit(page.limit)
        .offset(page.offset)
      const [totals] = await db.select({ total: count() }).from(pipelines).where(where(filter))
      return { items, total: totals?.total ?? 0 }
    },
    /** Remembers the signature of a webhook. False if it is remembered already. */
    async remember(signature: string, receivedAt: Date): Promise<boolean> {
      const rows = await db
        .insert(hookDeliveries)
        .values({ signature, receivedAt })
        .onConflictDoNothing()
        .returning({ signature: hookDeliveries.signature })
      return rows.length > 0
    },
    /** Forgets the signatures of webhooks that came before a time. */
    async forgetDeliveries(before: Date): Promise<void> {
      await db.delete(hookDeliveries).where(lt(hookDeliveries.receivedAt, before))
    },
  }
}
