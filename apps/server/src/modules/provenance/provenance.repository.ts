import { asc, eq, sql } from 'drizzle-orm'
import type { Json } from '@vitrine/contract'
import type { Database } from '../../adapters/database/database.ts'
import type { RunFacts } from '../runs/facts/run-facts.ts'
import { runFiles, runs } from '../runs/runs.tables.ts'

/** What is stored of where a result comes from, beside the run itself. */
export type StoredOrigin = {
  facts: RunFacts
  /** Null if there is no result. */
  resultSha256: string | null
  replayOf: string | null
  files: { name: string; sha256: string; mime: string }[]
}

/** Reads where results come from. */
export type ProvenanceRepository = ReturnType<typeof createProvenanceRepository>

export const createProvenanceRepository = ({ db }: { db: Database }) => ({
  /** Null if the run was deleted. */
  async origin(runId: string): Promise<StoredOrigin | null> {
    const { facts, resultSha256, replayOf } = runs
    const { name, sha256, mime } = runFiles
    const [[row], files] = await Promise.all([
      db.select({ facts, resultSha256, replayOf }).from(runs).where(eq(runs.id, runId)),
      db.select({ name, sha256, mime }).from(runFiles).where(eq(runFiles.runId, runId)).orderBy(asc(name)),
    ])
    return row ? { ...row, files } : null
  },
  /** The bytes of the parameters of a run, as JSON text. Null if the run was deleted. */
  async parametersBytes(runId: string): Promise<number | null> {
    const bytes = sql<number>`octet_length(${runs.parameters}::text)`
    const [row] = await db.select({ bytes }).from(runs).where(eq(runs.id, runId))
    return row?.bytes ?? null
  },
  /** The parameters of a run. Whoever reads them has taken room for them before. */
  async parameters(runId: string): Promise<Record<string, Json> | null> {
    const [row] = await db.select({ parameters: runs.parameters }).from(runs).where(eq(runs.id, runId))
    return row?.parameters ?? null
  },
})
