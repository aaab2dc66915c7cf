import type { FastifyReply, FastifyRequest } from 'fastify'
import { eventPieces, sendWritten } from '../../http/sse.ts'
import type { Actor } from '../../lib/actor.ts'
import type { Audience } from '../../lib/disclosure.ts'
import { findRun, type FoundRun } from '../runs/reading/read-run.ts'
import type { RunsRepository } from '../runs/runs.repository.ts'
import {
  dataOf,
  followRun,
  textOf,
  viewFor,
  type FollowRunsDeps,
  type WaitingEvent,
} from '../runs/reading/send-events.ts'

/**
 * Answers with the events of all runs of a comparison. Past events come first, and the stream lasts until all
 * runs have ended or the client disconnects. All runs share one stream, because a browser opens only six
 * connections to one address, and one stream for each run would leave none for players and other requests.
 */
export async function sendComparisonEvents(
  deps: FollowRunsDeps & { runs: Pick<RunsRepository, 'states'> },
  http: { request: FastifyRequest; reply: FastifyReply },
  asked: { actor: Actor; audience: Audience; runIds: readonly string[] },
): Promise<FastifyReply> {
  const { actor: reader, runIds } = asked
  const view = viewFor(asked.audience)
  const runs: FoundRun[] = []
  // Deleted runs have no events.
  for (const id of (await deps.runs.states(runIds)).keys())
    runs.push(await findRun(deps, { actor: reader, id }))
  return sendWritten<WaitingEvent>(http.request, http.reply, {
    follow(queue) {
      let open = runs.length
      const onEnd = () => {
        open -= 1
        if (open === 0) queue.end()
      }
      if (open === 0) queue.end()
      const stops = runs.map((found) => followRun(deps.executor, queue, { found, reader, view }, onEnd))
      return () => stops.forEach((stop) => stop())
    },
    async *piecesOf(waiting) {
      const found = runs.find(({ run }) => run.id === waiting.id)
      if (!found) return
      for await (const { event, data } of dataOf(deps, http, { found, reader, view }, waiting)) {
        // The status of an ended run has its result.
        if ('end' in waiting && event === 'completed') continue
        const head = `${JSON.stringify({ run_id: waiting.id, event }).slice(0, -1)},"data":`
        yield* eventPieces('run', [head, ...data, '}'])
      }
    },
    textOf,
  })
}
