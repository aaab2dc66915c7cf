import type { FastifyReply, FastifyRequest } from 'fastify'
import { sendEvents } from '../../http/sse.ts'
import type { Actor } from '../../lib/actor.ts'
import type { Audience } from '../../lib/disclosure.ts'
import { runEventIn, type ReadRunEvent, type RunEvent } from '../runs/run-events.ts'
import { supersedes } from '../runs/run-history.ts'
import { getRun, type RunsDeps } from '../runs/runs.usecases.ts'
import type { ComparisonRecord } from './comparisons.state.ts'

type ComparedRunEvent = { event: 'run'; data: { run_id: string } & ReadRunEvent }

/**
 * Answers with the events of all runs of a comparison, what happened so far first, until all have ended or the client goes. One stream
 * for all: a browser has six connections to an address, of which one stream a run beside the players would leave none for anything else.
 */
export function sendComparisonEvents(
  deps: Pick<RunsDeps, 'runs' | 'executor'>,
  http: { request: FastifyRequest; reply: FastifyReply },
  asked: { actor: Actor; audience: Audience; comparison: Pick<ComparisonRecord, 'cells'> },
): Promise<FastifyReply> {
  const ids = asked.comparison.cells.flatMap(({ run_id: id }) => id ?? [])
  return sendEvents<ComparedRunEvent>(http.request, http.reply, (queue) => {
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
      // One that does not run here has ended, and is known by its row alone.
      if (!stop) tellStored(id).catch((error: Error) => queue.fail(error))
      return stop
    })
    if (ids.length === 0) queue.end()
    return () => stops.forEach((stop) => stop?.())
  })
}
