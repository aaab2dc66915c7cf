import type { FastifyReply, FastifyRequest } from 'fastify'
import { subjectsOf } from '../lib/open-streams.ts'

const reading: ReadonlySet<string> = new Set(['GET', 'HEAD'])

/**
 * Whether a request only reads, its body still arrives, or its answer is being sent. A change that has arrived goes on: it is short or a task,
 * it began while its sender had the right, and it may be the very request that takes the right away.
 */
function isUnderWay({ method, raw, headers }: FastifyRequest, reply: FastifyReply): boolean {
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
  return reading.has(method) || (hasBody && !raw.readableEnded) || reply.raw.headersSent
}

/**
 * Ends the connection of an upload or a download as soon as its sender may not use its route any more. `stillMay` rejects then. It is asked
 * whenever a sign-in or a key is revoked or a right is lost on which the request depends.
 */
export function endWithoutRight(
  request: FastifyRequest,
  reply: FastifyReply,
  stillMay: () => Promise<unknown>,
): void {
  const subjects = subjectsOf(request.actor)
  if (subjects.length === 0) return
  const forget = request.server.openStreams.add(subjects, () => {
    if (isUnderWay(request, reply)) stillMay().catch(() => reply.raw.destroy())
  })
  reply.raw.once('close', forget)
}

/** Whether the sender of a request of the API may still use its route: rejects if not. */
export async function mayStillUse(request: FastifyRequest): Promise<void> {
  const caller = await request.server.authenticate(request)
  request.routeOptions.config.admitAgain?.(caller, request)
}
