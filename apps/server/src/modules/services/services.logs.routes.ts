import type { FastifyInstance } from 'fastify'
import { followInstanceLog, readInstanceLog } from '../../adapters/process-runner/instance-log.ts'
import { addRoute } from '../../http/route.ts'
import { sendEvents } from '../../http/sse.ts'
import type { DataPaths } from '../../lib/paths.ts'
import { serviceFolders } from '../instances/instance-spec.ts'
import type { ServicesRepository } from './services.repository.ts'
import { loadService } from './services.usecases.ts'

type Deps = { services: ServicesRepository; paths: DataPaths }

/** Adds the routes of services' logs. */
export function addServiceLogRoutes(app: FastifyInstance, deps: Deps): void {
  const filesOf = async (id: string) => {
    const service = await loadService(deps, id)
    const { stdoutLog, stderrLog } = serviceFolders(deps.paths, service.id)
    return { stdout: stdoutLog, stderr: stderrLog }
  }
  addRoute(app, 'GET /services/logs/{id}', async ({ params, query }) => ({
    service_id: params.id,
    lines: await readInstanceLog(await filesOf(params.id), query.lines),
  }))
  addRoute(app, 'GET /services/{id}/logs/stream', async ({ params, query }, { request, reply }) => {
    const files = await filesOf(params.id)
    return sendEvents(request, reply, (queue) => {
      const stop = new AbortController()
      const follow = async () => {
        for await (const line of followInstanceLog(files, { limit: query.lines, signal: stop.signal }))
          queue.push({ event: 'line', data: line })
      }
      follow().then(
        () => queue.end(),
        (error: Error) => queue.fail(error),
      )
      return () => stop.abort()
    })
  })
}
