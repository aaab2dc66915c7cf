import { and, count, eq, inArray, isNotNull, isNull } from 'drizzle-orm'
import type { Database } from '../../../adapters/database/database.ts'
import { runFiles } from '../runs.tables.ts'

/** A file that is stored with a run. */
export type StoredRunFile = Omit<typeof runFiles.$inferSelect, 'id' | 'runId'>

/** Rows of `run_files`. */
export type RunFilesRepository = ReturnType<typeof createRunFilesRepository>

export const createRunFilesRepository = ({ db }: { db: Database }) => ({
  /** Adds a file to a run, or replaces the one with the same name. */
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
  /** The hashes of files whose runs were deleted. */
  async left(): Promise<string[]> {
    const rows = await db
      .selectDistinct({ sha256: runFiles.sha256 })
      .from(runFiles)
      .where(isNull(runFiles.runId))
    return rows.map(({ sha256 }) => sha256)
  },
  /** Whether a run has a file with this content. */
  async isUsed(sha256: string): Promise<boolean> {
    const [totals] = await db
      .select({ total: count() })
      .from(runFiles)
      .where(and(eq(runFiles.sha256, sha256), isNotNull(runFiles.runId)))
    return (totals?.total ?? 0) > 0
  },
  /** Deletes the rows of files with these contents whose runs were deleted. */
  async removeLeft(sha256s: readonly string[]): Promise<void> {
    await db.delete(runFiles).where(and(isNull(runFiles.runId), inArray(runFiles.sha256, [...sha256s])))
  },
})
