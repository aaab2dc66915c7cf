import { auditOutcomes } from '@vitrine/contract/choices'
import { apiUrl } from '../../api/client.ts'

/** What a person chose to see of the audit log, as the address of the page has it. Days are local. */
export type AuditChoice = { q: string; outcome: string; from: string; to: string }

/** The beginning of a day, `days` later, in UTC. Undefined for a text that is no day. Pure. */
function dayBegin(day: string, days = 0): string | undefined {
  const time = new Date(`${day}T00:00:00`)
  if (day === '' || Number.isNaN(time.getTime())) return undefined
  time.setDate(time.getDate() + days)
  return new Date(time.getTime() - (days > 0 ? 1 : 0)).toISOString()
}

/** The query of the API for a choice: from the beginning of its first day to the end of its last. Pure. */
export const auditQuery = ({ q, outcome, from, to }: AuditChoice) => ({
  q: q.trim() || undefined,
  outcome: auditOutcomes.find((word) => word === outcome),
  from: dayBegin(from),
  to: dayBegin(to, 1),
})

/** The address of a file with the entries that a choice finds. */
export const auditFileUrl = (choice: AuditChoice, format: 'csv' | 'jsonl'): string =>
  apiUrl('/audit/file', { query: { ...auditQuery(choice), format } })
