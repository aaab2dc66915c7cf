import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { SignedIn, User } from '@vitrine/contract'
import { actorOf, addRoute } from '../../http/route.ts'
import type { AuditRepository } from '../audit/audit.repository.ts'
import { recordingFailure } from '../audit/recording-failure.ts'
import {
  acceptInvite,
  createInvite,
  lookAtInvite,
  revokeInvite,
  type InvitesDeps,
} from './invites.usecases.ts'

/** Adds the routes of invitations. `signIn` signs in a person who has just made an account. */
export function addInviteRoutes(
  app: FastifyInstance,
  deps: InvitesDeps & {
    audit: AuditRepository
    signIn: (user: User, http: { request: FastifyRequest; reply: FastifyReply }) => Promise<SignedIn>
  },
): void {
  addRoute(app, 'GET /invites', ({ query }) =>
    deps.invites.list({ limit: query.page_size, offset: (query.page - 1) * query.page_size }),
  )
  addRoute(app, 'POST /invites', async ({ body }, { request, reply }) => {
    reply.header('cache-control', 'no-store')
    const made = await createInvite(deps, { ...body, actor: actorOf(request) })
    return { ...made, url: `${request.publicOrigin}/invite#${made.token}` }
  })
  addRoute(app, 'DELETE /invites/{id}', ({ params }, { request }) =>
    revokeInvite(deps, { ...params, actor: actorOf(request) }),
  )
  addRoute(app, 'POST /invites/look', async ({ body }, { reply }) => {
    reply.header('cache-control', 'no-store')
    const { role, custom_role: custom, created_by, expires_at } = await lookAtInvite(deps, body)
    return { role, custom_role: custom && { name: custom.name }, created_by, expires_at }
  })
  addRoute(app, 'POST /invites/accept', async ({ body }, http) => {
    const { username } = body
    const asked = { actor: null, action: 'refused POST /invites/accept', username } as const
    const user = await recordingFailure(deps, http.request, asked, () => acceptInvite(deps, body))
    return deps.signIn(user, http)
  })
}
