import { and, count, eq, inArray, isNotNull, isNull } from 'drizzle-orm'
import type { Database } from '../../adapters/database/database.ts'
import { runFiles } from './runs.tables.ts'

/** A file that is kept with a run. */
export type StoredRunFile = Omit<typeof runFiles.$inferSelect, 'id' | 'runId'>

/** Rows of `run_files`. */
export type RunFilesRepository = ReturnType<typeof createRunFilesRepository>

export const createRunFilesRepository = ({ db }: { db: Database }) => ({
  /** Enters a file of a run; one that has the name already is replaced. */
  async put(runId: string, file: StoredRunFile): Promise<void> {
    const { sha256, mime, size } = file
    await db
      .insert(runFiles)
      .values({ ...file, runId })
      .onConflictDoUpdate({ target: [runFiles.runId, runFiles.name], set: { sha256, mime, size } })
  },
  async remove(runId: string, name: string): Promise<void> {
    await db.delete(runFiles).where(and(eq(runFiles.runId, runId), eq(runFiles.name, name)))
  },
  async get(runId: string, name: string): Promise<StoredRunFile | null> {
    const [row] = await db
      .select()
      .from(runFiles)
      .where(and(eq(runFiles.runId, runId), eq(runFiles.name, name)))
    return row ?? null
  },
  /** Contents of files whose runs were deleted. */
  async left(): Promise<string[]> {
    const rows = await db
      .selectDistinct({ sha256: runFiles.sha256 })
      .from(runFiles)
      .where(isNull(runFiles.runId))
    return rows.map(({ sha256 }) => sha256)
  },
  /** Whether a run has a file of this content. */
  async isUsed(sha256: string): Promise<boolean> {
    const [totals] = await db
      .select({ total: count() })
      .from(runFiles)
      .where(and(eq(runFiles.sha256, sha256), isNotNull(runFiles.runId)))
    return (totals?.total ?? 0) > 0
  },
  /** Forgets files of these contents whose runs were deleted. */
  async removeLeft(sha256s: readonly string[]): Promise<void> {
    await db.delete(runFiles).where(and(isNull(runFiles.runId), inArray(runFiles.sha256, [...sha256s])))
  },
})
