import { csvLines, csvStart, visibleText, type AuditEntry, type AuditFilter } from '@vitrine/contract'
import type { AuditDeps } from './audit.usecases.ts'

/** The forms in which the log is exported. */
export type AuditFileForm = 'csv' | 'jsonl'

const columns = [
  'number',
  'created_at',
  'actor',
  'actor_id',
  'action',
  'target',
  'target_name',
  'details',
  'request_id',
  'hash',
] as const

/** What somebody wrote may not make the line read as another one: the other form has it as it is. */
const cellOf = (value: string | number | null) => (typeof value === 'string' ? visibleText(value) : value)

const cellsOf = (entry: AuditEntry) =>
  columns.map((column) => cellOf(column === 'details' ? JSON.stringify(entry.details) : entry[column]))

const textOf: Record<AuditFileForm, (entries: readonly AuditEntry[]) => string> = {
  csv: (entries) => csvLines(entries.map(cellsOf)),
  jsonl: (entries) => entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''),
}

/** The entries that a filter finds, the oldest first, as pieces of a file. */
export async function* auditFile(
  { audit }: { audit: Pick<AuditDeps['audit'], 'pieces'> },
  { format, ...filter }: AuditFilter & { format: AuditFileForm },
): AsyncGenerator<string> {
  if (format === 'csv') yield csvStart + csvLines([columns])
  for await (const entries of audit.pieces(filter)) yield textOf[format](entries)
}
