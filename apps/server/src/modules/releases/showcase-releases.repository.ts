import { and, eq, inArray, sql } from 'drizzle-orm'
import type { Language, Manifest } from '@vitrine/contract'
import type { Database } from '../../adapters/database/database.ts'
import type { AppFacts } from './app-facts.ts'
import { releases } from './releases.tables.ts'

/** What the showcase shows and searches of a manifest. Of the translations, those of the name and the description. */
type ShownManifest = Pick<Manifest, 'name' | 'description' | 'task' | 'form' | 'translations'>

/** What the showcase needs of a release. */
export type ShowcaseRelease = {
  coverAssetId: string | null
  appFacts: Pick<AppFacts, 'page' | 'predicts'> | null
  manifest: ShownManifest
  /** Whether an operation of its own API replaces `predict`. */
  hasOperation: boolean
  /** Whether its author describes the input: by examples, or by a schema. */
  describesInput: boolean
}

const { serviceId, coverAssetId, appFacts, manifest, api, status } = releases

/**
 * The parts of the manifest, with the mapped operation if there is one. They are taken out in the database, because a
 * manifest can be as large as a file of the package and a showcase has hundreds. `jsonb_to_record` unpacks each once.
 */
const shownParts = sql<Pick<ShowcaseRelease, 'manifest' | 'hasOperation' | 'describesInput'>>`(
  select jsonb_build_object(
    'manifest', jsonb_build_object(
      'name', name, 'description', description, 'task', task, 'form', form,
      'translations', jsonb_strip_nulls(jsonb_build_object(
        'zh', jsonb_build_object(name, zh -> name, description, zh -> description),
        'en', jsonb_build_object(name, en -> name, description, en -> description)))),
    'hasOperation', operation is not null or ${api} is not null,
    'describesInput', coalesce(examples, '[]') <> '[]' or coalesce(input, '{}') <> '{}')
  from (
    select coalesce(name, '') as name, coalesce(description, '') as description, task, form, operation, examples, input,
      translations -> 'zh' as zh, translations -> 'en' as en
    from jsonb_to_record(${manifest}) as kept(
      name text, description text, task text, form text, operation jsonb, examples jsonb, input jsonb, translations jsonb)
  ) as described)`

const isActiveOf = (serviceIds: readonly string[]) =>
  and(eq(status, 'active'), inArray(serviceId, [...serviceIds]))

/** Queries of the showcase, for the current releases of many services. None reads a whole manifest. */
export const showcaseQueries = ({ db }: { db: Database }) => ({
  /** What the showcase needs of the current releases of some services, by service. */
  async activeInShowcase(serviceIds: readonly string[]): Promise<Map<string, ShowcaseRelease>> {
    const rows = await db
      .select({
        serviceId,
        coverAssetId,
        appFacts: sql<ShowcaseRelease['appFacts']>`${appFacts} - 'openapi'`,
        parts: shownParts,
      })
      .from(releases)
      .where(isActiveOf(serviceIds))
    return new Map(rows.map(({ serviceId: id, parts, ...row }) => [id, { ...row, ...parts }]))
  },
  /**
   * The translations of results of the current releases of some services into a language, by service. Those that are longer
   * than a number of bytes are left out.
   */
  async resultWords(
    serviceIds: readonly string[],
    { language, mostBytes }: { language: Language; mostBytes: number },
  ): Promise<Map<string, Record<string, string>>> {
    const words = sql<Record<string, string>>`${manifest} -> 'result_translations' -> ${language}::text`
    const rows = await db
      .select({ serviceId, words })
      .from(releases)
      .where(and(isActiveOf(serviceIds), sql`octet_length((${words})::text) <= ${mostBytes}`))
    return new Map(rows.map((row) => [row.serviceId, row.words]))
  },
})
