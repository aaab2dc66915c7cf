import type { FastifyInstance } from 'fastify'
import { addRoute } from '../../http/route.ts'
import { listAudit, type AuditDeps } from './audit.usecases.ts'

/** Adds the routes of the audit log, for administrators. */
export function addAuditRoutes(app: FastifyInstance, deps: AuditDeps): void {
  addRoute(app, 'GET /audit', ({ query }) => listAudit(deps, query))
}
