import { and, eq, isNotNull, isNull, or } from 'drizzle-orm'
import type { Database } from '../../adapters/database/database.ts'
import { algorithmRepositories } from '../algorithms/algorithm-repositories.tables.ts'
import { algorithmServices } from '../services/services.tables.ts'
import { pushRules } from './pipelines.tables.ts'

/** The rule of a service, as it is stored. */
export type StoredPushRule = typeof pushRules.$inferSelect

/** Rows of `push_deploys`. */
export type PushRulesRepository = ReturnType<typeof createPushRulesRepository>

export function createPushRulesRepository({ db }: { db: Database }) {
  const watchingRules = (algorithmId: string) =>
    db
      .select({
        serviceId: pushRules.serviceId,
        branch: pushRules.branch,
        lastSeenCommit: pushRules.lastSeenCommit,
        previews: pushRules.previews,
      })
      .from(pushRules)
      .innerJoin(algorithmServices, eq(algorithmServices.id, pushRules.serviceId))
      .where(
        and(
          eq(algorithmServices.algorithmId, algorithmId),
          eq(pushRules.enabled, true),
          isNull(pushRules.promoteFrom),
          isNull(algorithmServices.previewOf),
        ),
      )
  return {
    /** The rule of a service; null if it never had one, or it was forgotten. */
    async get(serviceId: string): Promise<StoredPushRule | null> {
      const [row] = await db.select().from(pushRules).where(eq(pushRules.serviceId, serviceId))
      return row ?? null
    },
    /** Stores a rule in place of the one before. */
    async save(row: StoredPushRule): Promise<void> {
      await db.insert(pushRules).values(row).onConflictDoUpdate({ target: pushRules.serviceId, set: row })
    },
    /** Changes parts of a rule. Nothing happens if it is gone. */
    async change(serviceId: string, change: Partial<Omit<StoredPushRule, 'serviceId'>>): Promise<void> {
      await db.update(pushRules).set(change).where(eq(pushRules.serviceId, serviceId))
    },
    /** Like `change`, unless the rule was saved since it was read. */
    async changeAsRead(
      { serviceId, updatedAt }: Pick<StoredPushRule, 'serviceId' | 'updatedAt'>,
      change: Partial<Omit<StoredPushRule, 'serviceId'>>,
    ): Promise<void> {
      const isAsRead = and(eq(pushRules.serviceId, serviceId), eq(pushRules.updatedAt, updatedAt))
      await db.update(pushRules).set(change).where(isAsRead)
    },
    async remove(serviceId: string): Promise<void> {
      await db.delete(pushRules).where(eq(pushRules.serviceId, serviceId))
    },
    /** The services that run an algorithm and deploy its pushes; previews are left out. */
    watching: async (algorithmId: string): Promise<string[]> =>
      (await watchingRules(algorithmId)).map(({ serviceId }) => serviceId),
    /** The newest commit that each of these services has seen. */
    seenCommits: async (algorithmId: string): Promise<(string | null)[]> =>
      (await watchingRules(algorithmId)).map(({ lastSeenCommit }) => lastSeenCommit),
    /** The branches that these services deploy, each with one of them. Those that follow the algorithm's own branch are left out. */
    async watchedBranches(algorithmId: string): Promise<Map<string, string>> {
      const rules = await watchingRules(algorithmId)
      return new Map(rules.flatMap(({ branch, serviceId }) => (branch === null ? [] : [[branch, serviceId]])))
    },
    /** Whether a service deploys the pushes to an algorithm, and whether one deploys those to other branches as previews. */
    async deployed(algorithmId: string): Promise<{ pushes: boolean; otherBranches: boolean }> {
      const rules = await watchingRules(algorithmId)
      return { pushes: rules.length > 0, otherBranches: rules.some(({ previews }) => previews > 0) }
    },
    /** The services that deploy what this one begins to serve. */
    async promoting(promoteFrom: string): Promise<string[]> {
      const rows = await db
        .select({ id: pushRules.serviceId })
        .from(pushRules)
        .where(and(eq(pushRules.promoteFrom, promoteFrom), eq(pushRules.enabled, true)))
      return rows.map(({ id }) => id)
    },
    /** The rules in force whose newest commit is asked for from time to time: that of a branch in Gitea, or that of another service. */
    async asked(): Promise<StoredPushRule[]> {
      const isElsewhere = or(isNotNull(pushRules.promoteFrom), eq(algorithmRepositories.provider, 'gitea'))
      const rows = await db
        .select({ rule: pushRules })
        .from(pushRules)
        .innerJoin(algorithmServices, eq(algorithmServices.id, pushRules.serviceId))
        .leftJoin(algorithmRepositories, eq(algorithmRepositories.algorithmId, algorithmServices.algorithmId))
        .where(and(eq(pushRules.enabled, true), isNull(algorithmServices.previewOf), isElsewhere))
      return rows.map(({ rule }) => rule)
    },
    /** The algorithms in the platform's own host whose pushes are deployed. */
    async ownWatched(): Promise<string[]> {
      const { algorithmId } = algorithmServices
      const rows = await db
        .selectDistinct({ algorithmId })
        .from(pushRules)
        .innerJoin(algorithmServices, eq(algorithmServices.id, pushRules.serviceId))
        .innerJoin(algorithmRepositories, eq(algorithmRepositories.algorithmId, algorithmId))
        .where(
          and(
            eq(pushRules.enabled, true),
            isNull(pushRules.promoteFrom),
            isNull(algorithmServices.previewOf),
            eq(algorithmRepositories.provider, 'builtin'),
          ),
        )
      return rows.map((row) => row.algorithmId)
    },
    /** All rules that are in force, but for those of previews: they follow from another one. */
    async enabled(): Promise<StoredPushRule[]> {
      const rows = await db
        .select({ rule: pushRules })
        .from(pushRules)
        .leftJoin(algorithmServices, eq(algorithmServices.id, pushRules.serviceId))
        .where(and(eq(pushRules.enabled, true), isNull(algorithmServices.previewOf)))
      return rows.map(({ rule }) => rule)
    },
    /** The rules of services that are gone. */
    async left(): Promise<StoredPushRule[]> {
      const rows = await db
        .select({ rule: pushRules })
        .from(pushRules)
        .leftJoin(algorithmServices, eq(algorithmServices.id, pushRules.serviceId))
        .where(isNull(algorithmServices.id))
      return rows.map(({ rule }) => rule)
    },
  }
}
