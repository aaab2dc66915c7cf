import { useUrlFilter } from '../../shared/use-url-state.ts'
import type { AuditChoice } from './audit-filter.ts'

const none: AuditChoice = { q: '', outcome: '', from: '', to: '' }

/** The conditions in the address of the audit log. */
export const auditFilterNames = ['q', 'outcome', 'from', 'to'] as const

/** What is shown of the audit log, and its page, kept in the address. */
export const useAuditFilter = () => useUrlFilter(auditFilterNames, none)
