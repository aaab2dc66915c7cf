import { z } from 'zod'
import { auditOutcomes } from '../choices.ts'
import { listQuery, pageOf, rowId, timestamp } from '../common.ts'
import { longest } from '../limits.ts'
import { defineEndpoints } from './endpoint.ts'

/** One entry of the audit log. */
export const auditEntry = z.object({
  id: rowId,
  number: z.number().int().describe('its place in the chain'),
  actor: z.string(),
  actor_id: z
    .string()
    .nullable()
    .describe('the id of the person, even if the name belongs to somebody else now'),
  action: z.string(),
  target: z.string(),
  target_name: z.string().nullable().describe('the last name in the log for the id of a person, a key …'),
  details: z.record(z.string(), z.json()),
  request_id: z.string().nullable(),
  hash: z.string().describe('the hash of this entry together with the previous hash'),
  created_at: timestamp,
})
/** One entry of the audit log. */
export type AuditEntry = z.infer<typeof auditEntry>

/** Which entries of the audit log are meant. All conditions must hold. */
export const auditFilter = z.object({
  q: z.string().max(longest.search).default('').describe('searched in actor, action and target'),
  from: timestamp.optional(),
  to: timestamp.optional(),
  outcome: z.enum(auditOutcomes).optional(),
})
/** Which entries of the audit log are meant. */
export type AuditFilter = z.infer<typeof auditFilter>

/** Who did what. */
export const auditEndpoints = defineEndpoints({
  'GET /audit': {
    summary: 'Audit log: who changed what, and who was refused',
    access: 'audit.read',
    query: listQuery.extend(auditFilter.shape),
    status: 200,
    response: pageOf(auditEntry),
  },
  'GET /audit/file': {
    summary: 'The audit log as a CSV file or as JSON lines, the oldest entry first',
    access: 'audit.read',
    query: auditFilter.extend({ format: z.enum(['csv', 'jsonl']).default('csv') }),
    status: 200,
    response: 'stream',
  },
})
