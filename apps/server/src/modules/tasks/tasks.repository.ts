import {
  and,
  count,
  desc,
  eq,
  exists,
  gt,
  inArray,
  isNull,
  lt,
  notInArray,
  or,
  sql,
  type SQL,
} from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import { z } from 'zod'
import {
  batchAction,
  type Json,
  type StepName,
  type Task,
  type TaskKindName,
  type TaskState,
} from '@vitrine/contract'
import type { Database } from '../../adapters/database/database.ts'
import type { TaskRecord } from './task-progress.ts'
import { tasks } from './tasks.tables.ts'

type Row = typeof tasks.$inferSelect

const iso = (date: Date | null) => date?.toISOString() ?? null

const batchInput = z.object({ action: batchAction, service_ids: z.array(z.string()) })

const pipelineInput = z.object({ service_id: z.string() })

const releaseInput = z.object({ release: z.number().int() })

/** The release that a task deploys or rolls back to. */
function releaseOf({ input }: Row): Pick<TaskRecord, 'release'> {
  const parsed = releaseInput.safeParse(input)
  return parsed.success ? { release: parsed.data.release } : {}
}

/** The action of a batch and the number of its services, so that progress has a total from the start. */
function batchOf({ kind, input }: Row): Pick<TaskRecord, 'batch'> {
  if (kind !== 'service.batch') return {}
  const { action, service_ids: ids } = batchInput.parse(input)
  return { batch: { action, total: ids.length } }
}

function toTask(row: Row): TaskRecord {
  return {
    ...batchOf(row),
    ...releaseOf(row),
    id: row.id,
    kind: row.kind,
    state: row.state,
    service_id: row.serviceId,
    steps: row.steps,
    result: row.result,
    error: row.error,
    created_by: row.createdBy,
    created_at: row.createdAt.toISOString(),
    started_at: iso(row.startedAt),
    finished_at: iso(row.finishedAt),
  }
}

/** A task with fields that only the platform needs: its input and its owner. */
export type StoredTask = {
  task: TaskRecord
  input: Json
  createdById: string
  /** The service of the task or of its pipeline, or those of a batch. Empty for a task that concerns no service. */
  services: readonly string[]
}

function servicesOf({ kind, input, serviceId }: Row): readonly string[] {
  if (kind === 'service.batch') return batchInput.parse(input).service_ids
  if (kind === 'service.pipeline') return [pipelineInput.parse(input).service_id]
  return serviceId === null ? [] : [serviceId]
}

const toStored = (row: Row): StoredTask => ({
  task: toTask(row),
  input: row.input,
  createdById: row.createdById,
  services: servicesOf(row),
})

/** Rows of `tasks`. */
export type TasksRepository = ReturnType<typeof createTasksRepository>

/** The filter of a list. `createdById` null means everybody's tasks, `within` null those of all services. */
export type TaskFilter = {
  serviceId?: string | undefined
  state?: TaskState | undefined
  createdById: string | null
  within: readonly string[] | null
}

/** The tasks and pipelines of these services, and the batches of these services alone. */
const isWithin = (services: readonly string[]) =>
  or(
    inArray(tasks.serviceId, [...services]),
    and(
      eq(tasks.kind, 'service.batch'),
      sql`${tasks.input} -> 'service_ids' <@ ${JSON.stringify(services)}::jsonb`,
    ),
    and(eq(tasks.kind, 'service.pipeline'), inArray(sql`${tasks.input} ->> 'service_id'`, [...services])),
  )

const where = (filter: TaskFilter): SQL | undefined =>
  and(
    filter.serviceId === undefined ? undefined : eq(tasks.serviceId, filter.serviceId),
    filter.state === undefined ? undefined : eq(tasks.state, filter.state),
    filter.createdById === null ? undefined : eq(tasks.createdById, filter.createdById),
    filter.within === null ? undefined : isWithin(filter.within),
  )

export function createTasksRepository({ db }: { db: Database }) {
  return {
    async insert(input: {
      kind: Task['kind']
      serviceId: string | null
      input: Json
      steps: readonly StepName[]
      createdBy: { id: string; name: string }
    }): Promise<StoredTask> {
      const steps = input.steps.map((name) => ({
        name,
        state: 'queued' as const,
        started_at: null,
        finished_at: null,
        message: null,
      }))
      const [row] = await db
        .insert(tasks)
        .values({
          kind: input.kind,
          state: 'queued',
          serviceId: input.serviceId,
          input: input.input,
          steps,
          createdById: input.createdBy.id,
          createdBy: input.createdBy.name,
        })
        .returning()
      if (!row) throw new Error('insert returned no row')
      return toStored(row)
    },
    async save(task: TaskRecord): Promise<void> {
      await db
        .update(tasks)
        .set({
          state: task.state,
          steps: task.steps,
          result: task.result,
          error: task.error,
          startedAt: task.started_at === null ? null : new Date(task.started_at),
          finishedAt: task.finished_at === null ? null : new Date(task.finished_at),
        })
        .where(eq(tasks.id, task.id))
    },
    async get(id: string): Promise<StoredTask | null> {
      const [row] = await db.select().from(tasks).where(eq(tasks.id, id))
      return row ? toStored(row) : null
    },
    /** Tasks that have not ended, oldest first. */
    async unfinished(): Promise<StoredTask[]> {
      const rows = await db
        .select()
        .from(tasks)
        .where(inArray(tasks.state, ['queued', 'running']))
        .orderBy(tasks.createdAt)
      return rows.map(toStored)
    },
    /** The task of one kind on a service that has not ended; null if there is none. */
    async unfinishedOn(kind: TaskKindName, serviceId: string): Promise<StoredTask | null> {
      const isIt = and(
        eq(tasks.kind, kind),
        eq(tasks.serviceId, serviceId),
        inArray(tasks.state, ['queued', 'running']),
      )
      const [row] = await db.select().from(tasks).where(isIt).limit(1)
      return row ? toStored(row) : null
    },
    /** The deploy that a batch has begun on a service; null if there is none. */
    async deployOfBatch(batchId: string, serviceId: string): Promise<TaskRecord | null> {
      const isIt = and(
        eq(tasks.kind, 'service.deploy'),
        eq(tasks.serviceId, serviceId),
        sql`${tasks.input} ->> 'batch_id' = ${batchId}`,
      )
      const [row] = await db.select().from(tasks).where(isIt).limit(1)
      return row ? toTask(row) : null
    },
    /** The id of the running or queued deploy task, for each service that has one. */
    async deploying(): Promise<Map<string, string>> {
      const rows = await db
        .select({ id: tasks.id, serviceId: tasks.serviceId })
        .from(tasks)
        .where(
          and(
            inArray(tasks.state, ['queued', 'running']),
            inArray(tasks.kind, ['service.deploy', 'service.rollback']),
          ),
        )
      return new Map(
        rows.flatMap((row) => (row.serviceId === null ? [] : [[row.serviceId, row.id] as const])),
      )
    },
    /** The services whose deletion has failed. Some of them may exist again, or still. */
    async failedDeletions(): Promise<string[]> {
      const rows = await db
        .selectDistinct({ serviceId: tasks.serviceId })
        .from(tasks)
        .where(and(eq(tasks.kind, 'service.delete'), inArray(tasks.state, ['failed', 'cancelled'])))
      return rows.flatMap(({ serviceId }) => serviceId ?? [])
    },
    /** Deletes tasks that ended before a time, but not the newest of each service. Resolves with their number. */
    async deleteEnded(before: Date): Promise<number> {
      const newer = alias(tasks, 'newer')
      const hasNewer = db
        .select({ id: newer.id })
        .from(newer)
        .where(and(eq(newer.serviceId, tasks.serviceId), gt(newer.createdAt, tasks.createdAt)))
      const { rowCount } = await db.delete(tasks).where(
        and(
          // A task ends after it was created, and only that time has an index.
          lt(tasks.createdAt, before),
          lt(tasks.finishedAt, before),
          notInArray(tasks.state, ['queued', 'running']),
          or(isNull(tasks.serviceId), exists(hasNewer)),
        ),
      )
      return rowCount ?? 0
    },
    async list(
      filter: TaskFilter,
      page: { limit: number; offset: number },
    ): Promise<{ items: TaskRecord[]; total: number }> {
      const [rows, [totals]] = await Promise.all([
        db
          .select()
          .from(tasks)
          .where(where(filter))
          .orderBy(desc(tasks.createdAt))
          .limit(page.limit)
          .offset(page.offset),
        db.select({ total: count() }).from(tasks).where(where(filter)),
      ])
      return { items: rows.map(toTask), total: totals?.total ?? 0 }
    },
  }
}
