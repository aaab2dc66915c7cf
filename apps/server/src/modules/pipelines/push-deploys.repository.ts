import { and, eq, isNull } from 'drizzle-orm'
import type { Database } from '../../adapters/database/database.ts'
import { algorithmServices } from '../services/services.tables.ts'
import { pushDeploys } from './pipelines.tables.ts'

/** The rule of a service, as it is stored. */
export type StoredRule = typeof pushDeploys.$inferSelect

/** Rows of `push_deploys`. */
export type PushDeploysRepository = ReturnType<typeof createPushDeploysRepository>

export function createPushDeploysRepository({ db }: { db: Database }) {
  const watchingRules = (algorithmId: string) =>
    db
      .select({ serviceId: pushDeploys.serviceId, branch: pushDeploys.branch })
      .from(pushDeploys)
      .innerJoin(algorithmServices, eq(algorithmServices.id, pushDeploys.serviceId))
      .where(
        and(
          eq(algorithmServices.algorithmId, algorithmId),
          eq(pushDeploys.enabled, true),
          isNull(pushDeploys.promoteFrom),
          isNull(algorithmServices.previewOf),
        ),
      )
  return {
    /** The rule of a service; null if it never had one, or it was forgotten. */
    async get(serviceId: string): Promise<StoredRule | null> {
      const [row] = await db.select().from(pushDeploys).where(eq(pushDeploys.serviceId, serviceId))
      return row ?? null
    },
    /** Stores a rule in place of the one before. */
    async save(row: StoredRule): Promise<void> {
      await db.insert(pushDeploys).values(row).onConflictDoUpdate({ target: pushDeploys.serviceId, set: row })
    },
    /** Changes parts of a rule. Nothing happens if it is gone. */
    async change(serviceId: string, change: Partial<Omit<StoredRule, 'serviceId'>>): Promise<void> {
      await db.update(pushDeploys).set(change).where(eq(pushDeploys.serviceId, serviceId))
    },
    /** Like `change`, unless the rule was saved since it was read. */
    async changeAsRead(
      { serviceId, updatedAt }: Pick<StoredRule, 'serviceId' | 'updatedAt'>,
      change: Partial<Omit<StoredRule, 'serviceId'>>,
    ): Promise<void> {
      const isAsRead = and(eq(pushDeploys.serviceId, serviceId), eq(pushDeploys.updatedAt, updatedAt))
      await db.update(pushDeploys).set(change).where(isAsRead)
    },
    async remove(serviceId: string): Promise<void> {
      await db.delete(pushDeploys).where(eq(pushDeploys.serviceId, serviceId))
    },
    /** The services that run an algorithm and deploy its pushes; previews are left out. */
    watching: async (algorithmId: string): Promise<string[]> =>
      (await watchingRules(algorithmId)).map(({ serviceId }) => serviceId),
    /** The branches that these services deploy, each with one of them. Those that follow the algorithm's own branch are left out. */
    async watchedBranches(algorithmId: string): Promise<Map<string, string>> {
      const rules = await watchingRules(algorithmId)
      return new Map(rules.flatMap(({ branch, serviceId }) => (branch === null ? [] : [[branch, serviceId]])))
    },
    /** The services that deploy what this one begins to serve. */
    async promoting(promoteFrom: string): Promise<string[]> {
      const rows = await db
        .select({ id: pushDeploys.serviceId })
        .from(pushDeploys)
        .where(and(eq(pushDeploys.promoteFrom, promoteFrom), eq(pushDeploys.enabled, true)))
      return rows.map(({ id }) => id)
    },
    /** All rules that are in force, but for those of previews: they follow from another one. */
    async enabled(): Promise<StoredRule[]> {
      const rows = await db
        .select({ rule: pushDeploys })
        .from(pushDeploys)
        .leftJoin(algorithmServices, eq(algorithmServices.id, pushDeploys.serviceId))
        .where(and(eq(pushDeploys.enabled, true), isNull(algorithmServices.previewOf)))
      return rows.map(({ rule }) => rule)
    },
    /** The rules of services that are gone. */
    async left(): Promise<StoredRule[]> {
      const rows = await db
        .select({ rule: pushDeploys })
        .from(pushDeploys)
        .leftJoin(algorithmServices, eq(algorithmServices.id, pushDeploys.serviceId))
        .where(isNull(algorithmServices.id))
      return rows.map(({ rule }) => rule)
    },
  }
}
