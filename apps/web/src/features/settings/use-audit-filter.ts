import { useUrlFilter } from '../../shared/use-url-state.ts'
import type { AuditChoice } from './audit-filter.ts'

const none: AuditChoice = { q: '', outcome: '', from: '', to: '' }

/** What is shown of the audit log, and its page, kept in the address. */
export const useAuditFilter = () => useUrlFilter(['q', 'outcome', 'from', 'to'], none)
