import { and, desc, eq, inArray, isNotNull, lte, sql } from 'drizzle-orm'
import { emptyPresentation, type Presentation } from '@vitrine/contract'
import { most } from '@vitrine/contract/limits'
import { mentionsAsset } from '../../adapters/database/asset-mentions.ts'
import type { Database } from '../../adapters/database/database.ts'
import { containing, textAtContains } from '../../adapters/database/like-pattern.ts'
import { runs } from '../runs/runs.tables.ts'
import { presentationRevisions, presentations } from './presentations.tables.ts'

/** The presentation of a service with its draft. */
export type StoredPresentation = typeof presentations.$inferSelect
/** What the showcase reads: everything but the story, which can be long. */
export type BriefPresentation = Omit<Presentation, 'story'>
/** What a presentation was published as, and by whom. */
export type PublishedRevision = { number: number; publishedBy: string; publishedAt: Date }
/** Who changes a presentation, and on which of its states the change is based. */
export type PresentationChange = { serviceId: string; basedOn: number; by: string; at: Date }

/** Rows of `presentations`. */
export type PresentationsRepository = ReturnType<typeof createPresentationsRepository>

/** The ids of the runs that a published presentation shows, one a row: of its cover, and of its examples. */
const shownRunIds = sql`jsonb_path_query(
  jsonb_build_array(${presentations.published} -> 'cover') || coalesce(${presentations.published} -> 'examples', '[]'),
  '$[*].run_id')`

const readStatements = ({ db }: { db: Database }) => ({
  async get(serviceId: string): Promise<StoredPresentation | null> {
    const [row] = await db.select().from(presentations).where(eq(presentations.serviceId, serviceId))
    return row ?? null
  },
  /** What everybody sees of a service; the empty presentation if nothing was published. */
  async published(serviceId: string): Promise<Presentation> {
    const [row] = await db
      .select({ published: presentations.published })
      .from(presentations)
      .where(eq(presentations.serviceId, serviceId))
    return row?.published ?? emptyPresentation
  },
  /** What everybody sees of these services, without the stories. Services without anything published are left out. */
  async publishedInBrief(serviceIds: readonly string[]): Promise<Map<string, BriefPresentation>> {
    const brief = sql<BriefPresentation>`${presentations.published} - 'story'`
    const rows = await db
      .select({ serviceId: presentations.serviceId, brief })
      .from(presentations)
      .where(and(inArray(presentations.serviceId, [...serviceIds]), isNotNull(presentations.published)))
    return new Map(rows.map((row) => [row.serviceId, row.brief]))
  },
  /** The titles that these services are published with, in every language that they are written in. */
  async publishedTitles(serviceIds: readonly string[]): Promise<Map<string, string[]>> {
    const title = sql<Presentation['title'] | null>`${presentations.published} -> 'title'`
    const rows = await db
      .select({ serviceId: presentations.serviceId, title })
      .from(presentations)
      .where(inArray(presentations.serviceId, [...serviceIds]))
    return new Map(
      rows.map((row) => [row.serviceId, [row.title?.zh ?? '', row.title?.en ?? ''].filter(Boolean)]),
    )
  },
  /** The services that are published with a title that contains this text, in any language. */
  async titledWith(text: string): Promise<string[]> {
    const { published, serviceId } = presentations
    const rows = await db
      .select({ serviceId })
      .from(presentations)
      .where(textAtContains(published, '$.title.*', containing(text)))
    return rows.map((row) => row.serviceId)
  },
  /** The published revisions that are kept, newest first. */
  async revisions(serviceId: string): Promise<PublishedRevision[]> {
    const { number, publishedBy, publishedAt } = presentationRevisions
    return db
      .select({ number, publishedBy, publishedAt })
      .from(presentationRevisions)
      .where(eq(presentationRevisions.serviceId, serviceId))
      .orderBy(desc(number))
  },
  async revision(serviceId: string, number: number): Promise<Presentation | null> {
    const [row] = await db
      .select({ presentation: presentationRevisions.presentation })
      .from(presentationRevisions)
      .where(and(eq(presentationRevisions.serviceId, serviceId), eq(presentationRevisions.number, number)))
    return row?.presentation ?? null
  },
})

const useStatements = ({ db }: { db: Database }) => {
  const shown = db
    .select({
      serviceId: presentations.serviceId,
      runId: sql<string>`(${shownRunIds} #>> '{}')::uuid`.as('run_id'),
    })
    .from(presentations)
    .as('shown')
  return {
    /** The ids of all runs that published presentations show. */
    async shownRuns(): Promise<string[]> {
      return (await db.select({ id: shown.runId }).from(shown)).map(({ id }) => id)
    },
    /** The services whose published presentation shows this run. */
    async presentingRun(runId: string): Promise<string[]> {
      const rows = await db.selectDistinct({ id: shown.serviceId }).from(shown).where(eq(shown.runId, runId))
      return rows.map(({ id }) => id)
    },
    /** The services whose published presentation shows this media file: as their cover, or as the input of a run. */
    async presentingAsset(assetId: string): Promise<string[]> {
      const covers = db
        .select({ id: presentations.serviceId })
        .from(presentations)
        .where(sql`${presentations.published} -> 'cover' ->> 'asset_id' = ${assetId}`)
      const inputs = db
        .select({ id: shown.serviceId })
        .from(shown)
        .innerJoin(runs, eq(runs.id, shown.runId))
        .where(mentionsAsset(runs.inputData, assetId))
      return (await covers.union(inputs)).map(({ id }) => id)
    },
  }
}

const isBasedOn = ({ serviceId, basedOn }: PresentationChange) =>
  and(eq(presentations.serviceId, serviceId), eq(presentations.draftRevision, basedOn))
const edited = ({ basedOn, by, at }: PresentationChange) => ({
  draftRevision: basedOn + 1,
  editedBy: by,
  editedAt: at,
})

const changeStatements = ({ db }: { db: Database }) => ({
  /** Stores or removes the draft. Resolves with null if the presentation is not in the state that the change is based on. */
  async setDraft(change: PresentationChange, draft: Presentation | null): Promise<StoredPresentation | null> {
    await db.insert(presentations).values({ serviceId: change.serviceId }).onConflictDoNothing()
    const [row] = await db
      .update(presentations)
      .set({ draft, ...edited(change) })
      .where(isBasedOn(change))
      .returning()
    return row ?? null
  },
  /**
   * Makes the draft what everybody sees, and keeps it as a revision. Resolves with null if there is no draft, or if it is
   * not the one that was meant.
   */
  async publish(change: PresentationChange): Promise<StoredPresentation | null> {
    return db.transaction(async (tx) => {
      const [row] = await tx
        .update(presentations)
        .set({
          published: presentations.draft,
          draft: null,
          revision: sql`${presentations.revision} + 1`,
          ...edited(change),
        })
        .where(and(isBasedOn(change), isNotNull(presentations.draft)))
        .returning()
      if (!row?.published) return null
      const { serviceId, revision: number, published: presentation } = row
      await tx
        .insert(presentationRevisions)
        .values({ serviceId, number, presentation, publishedBy: change.by, publishedAt: change.at })
      await tx
        .delete(presentationRevisions)
        .where(
          and(
            eq(presentationRevisions.serviceId, serviceId),
            lte(presentationRevisions.number, number - most.presentationRevisions),
          ),
        )
      return row
    })
  },
})

export const createPresentationsRepository = ({ db }: { db: Database }) => ({
  ...readStatements({ db }),
  ...useStatements({ db }),
  ...changeStatements({ db }),
})
