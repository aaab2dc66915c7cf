import type { FastifyInstance } from 'fastify'
import { Readable } from 'node:stream'

/** What stands for the bytes of an answer to HEAD. Sending nothing instead would make Fastify state a length of 0. */
export const noBytes = (): Readable => Readable.from([])

/**
 * Ends the stream of an answer to HEAD unread. Fastify answers HEAD by the handler of GET, and otherwise reads what that sends to its
 * end: one request without a body would read a whole film or export, and no reader would slow it down.
 */
export function addHeadAnswers(app: FastifyInstance): void {
  app.addHook('onSend', async (request, _reply, payload) => {
    if (request.method !== 'HEAD' || !(payload instanceof Readable)) return payload
    // Some sources report that they were ended early, which is what we want.
    payload.on('error', (error) => request.log.debug({ err: error }, 'a stream was ended unread'))
    payload.destroy()
    return noBytes()
  })
}
