import type { FastifyInstance } from 'fastify'
import type { PortRow } from '@vitrine/contract'
import { mayReadLogs } from '../../lib/disclosure.ts'
import { reaches } from '../../lib/policy.ts'
import { actorOf, addRoute } from '../../http/route.ts'
import { askForPort } from './ask-for-port.ts'
import { listPorts } from './front-ports.ts'

/** Removes the command line, which contains paths of this machine and arguments of a program. */
const withoutCommand = (row: PortRow): PortRow => ({
  ...row,
  holder: row.holder && { pid: row.holder.pid, command: '' },
})

/** Adds the routes of ports. */
export function addPortRoutes(
  app: FastifyInstance,
  deps: Parameters<typeof listPorts>[0] & { frontHost: string },
): void {
  addRoute(app, 'GET /ports/nearest', async ({ query }, { request }) => {
    const wanted = { host: deps.frontHost, port: query.port, serviceId: query.service_id }
    const answer = await askForPort(deps, wanted)
    const maySee = answer.service_id !== null && reaches(actorOf(request), [answer.service_id])
    return maySee ? answer : { ...answer, service_id: null }
  })
  addRoute(app, 'GET /ports', async (_input, { request }) => {
    const actor = actorOf(request)
    const all = await listPorts(deps)
    const items = all.filter(({ owner }) => reaches(actor, owner ? [owner.service_id] : []))
    return { items: mayReadLogs(request.actor) ? items : items.map(withoutCommand), total: items.length }
  })
}
