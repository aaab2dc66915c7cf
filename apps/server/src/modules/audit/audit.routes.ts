import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { addRoute } from '../../http/route.ts'
import type { Clock } from '../../lib/clock.ts'
import { fileTime } from '../../lib/file-time.ts'
import { auditFile } from './audit.file.ts'
import { listAudit, type AuditDeps } from './audit.usecases.ts'

const mimes = { csv: 'text/csv; charset=utf-8', jsonl: 'application/x-ndjson' } as const

/** Adds the routes of the audit log, for administrators. */
export function addAuditRoutes(app: FastifyInstance, deps: AuditDeps & { clock: Clock }): void {
  addRoute(app, 'GET /audit', ({ query }) => listAudit(deps, query))
  addRoute(app, 'GET /audit/file', async ({ query }, { reply }) =>
    reply
      .header('content-type', mimes[query.format])
      .header('content-disposition', `attachment; filename="audit-${fileTime(deps.clock())}.${query.format}"`)
      .header('x-accel-buffering', 'no')
      .send(Readable.from(auditFile(deps, query))),
  )
}
