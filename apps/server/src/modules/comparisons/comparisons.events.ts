import type { FastifyReply, FastifyRequest } from 'fastify'
import { sendEvents } from '../../http/sse.ts'
import type { Actor } from '../../lib/actor.ts'
import type { Audience } from '../../lib/disclosure.ts'
import { runEventIn, weightOfEvent, type ReadRunEvent, type RunEvent } from '../runs/run-events.ts'
import { supersedes } from '../runs/run-history.ts'
import { getRun, type RunsDeps } from '../runs/runs.usecases.ts'
import type { ComparisonRecord } from './comparisons.state.ts'

type ComparedRunEvent = { event: 'run'; data: { run_id: string } & ReadRunEvent }

/**
 * Answers with the events of all runs of a comparison. Past events come first, and the stream lasts until all
 * runs have ended or the client disconnects. All runs share one stream, because a browser opens only six
 * connections to one address, and one stream for each run would leave none for players and other requests.
 */
export function sendComparisonEvents(
  deps: Pick<RunsDeps, 'runs' | 'executor'>,
  http: { request: FastifyRequest; reply: FastifyReply },
  asked: { actor: Actor; audience: Audience; comparison: Pick<ComparisonRecord, 'cells'> },
): Promise<FastifyReply> {
  const ids = asked.comparison.cells.flatMap(({ run_id: id }) => id ?? [])
  return sendEvents<ComparedRunEvent>(
    http.request,
    http.reply,
    (queue) => {
      const open = new Set(ids)
      const push = (id: string, event: RunEvent, ended: boolean) => {
        queue.push(
          { event: 'run', data: { run_id: id, ...runEventIn(event, asked.audience) } },
          ({ data: waiting }) => waiting.run_id === id && supersedes(event, waiting),
        )
        if (ended) open.delete(id)
        if (open.size === 0) queue.end()
      }
      const tellStored = async (id: string) => {
        const { run } = await getRun(deps, { actor: asked.actor, id })
        push(id, { event: 'status', data: run }, true)
      }
      const stops = ids.map((id) => {
        const stop = deps.executor.follow(id, (event, ended) => push(id, event, ended))
        // A run that is not running here has ended, and its row has everything.
        if (!stop) tellStored(id).catch((error: Error) => queue.fail(error))
        return stop
      })
      if (ids.length === 0) queue.end()
      return () => stops.forEach((stop) => stop?.())
    },
    ({ data }) => weightOfEvent(data),
  )
}
