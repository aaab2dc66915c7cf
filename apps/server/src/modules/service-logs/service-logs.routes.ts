import { Readable } from 'node:stream'
import type { EndpointEvent, LogFilter } from '@vitrine/contract'
import type { FastifyInstance } from 'fastify'
import { downloadLogs } from '../../adapters/log-files/log-download.ts'
import type { WrittenAt } from '../../adapters/log-files/log-clock.ts'
import { followLogs, type FollowedLines } from '../../adapters/log-files/log-follow.ts'
import { searchLogs, type LogSource } from '../../adapters/log-files/log-search.ts'
import { disconnectSignal } from '../../http/client-disconnect.ts'
import { actorOf, addRoute } from '../../http/route.ts'
import { sendEventsOf } from '../../http/sse.ts'
import { fileTime } from '../../lib/file-time.ts'
import type { DataPaths } from '../../lib/paths.ts'
import type { Mask } from '../configs/secrets/mask-of.ts'
import type { SecretMasks } from '../configs/secrets/secret-masks.ts'
import { payerOf } from '../quotas/quotas.ts'
import { createLogReadQueue } from './log-read-queue.ts'
import { logSourcesOf } from './service-logs.sources.ts'
import type { ServicesRepository } from '../services/services.repository.ts'
import { loadService } from '../services/services.usecases.ts'

type Deps = {
  services: ServicesRepository
  paths: DataPaths
  masks: SecretMasks
  clock: () => Date
  /** When lines were written that do not say so. */
  writtenAt?: WrittenAt
}

/** The file name of a downloaded log: the service, the filter and the time. */
const fileNameOf = (id: string, { replica, stream }: LogFilter, now: Date): string => {
  const parts = [id, ...(replica === undefined ? [] : [replica]), ...(stream ? [stream] : []), fileTime(now)]
  return `${parts.join('-')}.log`
}

type LogEvent = EndpointEvent<'GET /services/{id}/logs/stream'>

async function* eventsOf(followed: AsyncIterable<FollowedLines>): AsyncGenerator<LogEvent[]> {
  for await (const told of followed)
    yield told.kind === 'lines'
      ? told.lines.map((line) => ({ event: 'line', data: line }))
      : [{ event: 'caught_up', data: { searched_to_start: told.complete } }]
}

/** Adds the routes of service logs. */
export function addServiceLogRoutes(app: FastifyInstance, deps: Deps): void {
  const queue = createLogReadQueue()
  const { writtenAt } = deps
  /** The logs as they are now. A secret that is set while somebody follows them is hidden at the next look. */
  const sourcesFor = (id: string, filter: LogFilter) => {
    let mask: Mask = (text) => text
    return async (): Promise<LogSource[]> => {
      mask = await deps.masks.of(id)
      const sources = await logSourcesOf(deps.paths, id, filter, (text) => mask(text))
      return sources.map((source) => ({ ...source, writtenAt }))
    }
  }

  addRoute(app, 'GET /services/logs/{id}', async ({ params, query }, { request, reply }) => {
    const signal = disconnectSignal(reply)
    const { id } = await loadService(deps, params.id)
    const { lines, complete } = await queue.search(payerOf(actorOf(request)), signal, async () =>
      searchLogs(await sourcesFor(id, query)(), query, query.lines, signal),
    )
    return { service_id: id, lines, searched_to_start: complete }
  })
  addRoute(app, 'GET /services/{id}/logs/stream', async ({ params, query }, { request, reply }) => {
    const { id } = await loadService(deps, params.id)
    return sendEventsOf(request, reply, (signal) =>
      eventsOf(followLogs(sourcesFor(id, query), query, { limit: query.lines, signal })),
    )
  })
  addRoute(app, 'GET /services/{id}/logs/download', async ({ params, query }, { request, reply }) => {
    const signal = disconnectSignal(reply)
    const { id } = await loadService(deps, params.id)
    const sources = await sourcesFor(id, query)()
    const lines = queue.download(payerOf(actorOf(request)), signal, (pace) =>
      downloadLogs(sources, query, pace),
    )
    const name = fileNameOf(id, query, deps.clock())
    return reply
      .header('content-type', 'text/plain; charset=utf-8')
      .header('content-disposition', `attachment; filename="${name}"`)
      .header('x-accel-buffering', 'no')
      .send(Readable.from(lines))
  })
}
