import type { FastifyInstance } from 'fastify'

/**
 * Leaves the bodies of a scope to its handlers, whatever type their sender states. A parser would collect all of a body in
 * memory, up to the limit of its route, before anybody is asked who sends it.
 */
export function leaveBodiesUnread(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('*', (_request, _payload, done) => done(null))
}
