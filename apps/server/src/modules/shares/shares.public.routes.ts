import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AssetVariant } from '@vitrine/contract'
import { acceptOneFile } from '../../http/forms.ts'
import { languageOf } from '../../http/language.ts'
import { addRoute } from '../../http/route.ts'
import type { OpenStreams } from '../../lib/open-streams.ts'
import { becauseOf, recordRefusedVisitor, type AuditDeps } from '../audit/audit.usecases.ts'
import { provenanceOf, type ProvenanceDeps } from '../provenance/provenance.usecases.ts'
import { sharedStatement } from '../provenance/statement.ts'
import { longAnswer, readingFor } from '../quotas/reading-memory.ts'
import { sendRunEvents } from '../runs/reading/send-events.ts'
import { sendRunFile, type SendRunFilesDeps } from '../runs/reading/send-file.ts'
import {
  answerWith,
  credentialsOf,
  redactionOf,
  refuseOtherSites,
  setVisitorCookie,
  viewAt,
  visitorAs,
} from './shares.requests.ts'
import {
  getShownRun,
  getVisitorRun,
  refuseHiddenAsset,
  visitingReader,
  type VisitSharesDeps,
} from './shares.runs.ts'
import { sharePasswordWrong } from './shares.errors.ts'
import { addVisitorRunRoutes } from './shares.runs.routes.ts'
import { viewShare } from './shares.view.ts'
import { openShare, unlockShare } from './shares.visitor.ts'

/** What the public routes need. */
export type PublicSharesDeps = VisitSharesDeps &
  Pick<ProvenanceDeps, 'origins'> & {
    runFiles: SendRunFilesDeps
    streams: OpenStreams
    /**
     * Answers with one form of a stored media file, with ranges. The caller has already checked that the
     * visitor may see it.
     */
    sendAsset: (
      http: { request: FastifyRequest; reply: FastifyReply },
      asset: { id: string; variant: AssetVariant },
    ) => Promise<FastifyReply>
  }

const wrongPassword = sharePasswordWrong({})

/** Records a wrong password of a link. */
const noteWrong = (auditing: AuditDeps, request: FastifyRequest) => (shareId: string) =>
  recordRefusedVisitor(auditing, {
    shareId,
    reason: wrongPassword.code,
    because: becauseOf(wrongPassword),
    remoteAddress: request.ip,
    requestId: request.id,
  })

function addLookingRoutes(app: FastifyInstance, deps: PublicSharesDeps & { auditing: AuditDeps }): void {
  addRoute(app, 'GET /public/shares/{token}', async ({ params }, { request, reply }) => {
    const opened = await openShare(deps, credentialsOf(request, params.token))
    const reading = readingFor(deps.running.reading, reply, visitingReader(opened))
    const reader = { ...redactionOf(params.token), language: languageOf(request), reading }
    return longAnswer(reading, await viewShare(deps, opened, reader))
  })
  addRoute(app, 'POST /public/shares/{token}/unlock', async ({ params, body }, { request, reply }) => {
    refuseOtherSites(request)
    const { password } = body
    const credentials = credentialsOf(request, params.token)
    const onWrong = noteWrong(deps.auditing, request)
    const secret = await unlockShare(deps, { credentials, password, address: request.ip, onWrong })
    setVisitorCookie(deps, reply, { token: params.token, secret })
  })
  addRoute(app, 'GET /public/shares/{token}/runs/{run_id}', async ({ params }, { request, reply }) => {
    const opened = await openShare(deps, credentialsOf(request, params.token))
    const found = await getVisitorRun(deps, opened, params.run_id)
    return answerWith(deps, reply, { found, opened, token: params.token })
  })
  addRoute(
    app,
    'GET /public/shares/{token}/runs/{run_id}/events',
    async ({ params, query }, { request, reply }) => {
      const credentials = credentialsOf(request, params.token)
      const { share } = await openShare(deps, credentials)
      const forget = deps.streams.add([`share:${share.id}`, `user:${share.createdById}`], () =>
        request.raw.destroy(),
      )
      try {
        // Checked again now that a revocation ends this stream: one that came in between did not find it.
        const opened = await openShare(deps, credentials)
        const found = await getVisitorRun(deps, opened, params.run_id)
        const view = viewAt(params.token, found, visitorAs(request, query.lang))
        const reader = visitingReader(opened)
        return await sendRunEvents(deps.running, { request, reply }, { found, reader, view })
      } finally {
        forget()
      }
    },
  )
  addRoute(
    app,
    'GET /public/shares/{token}/runs/{run_id}/provenance',
    async ({ params }, { request, reply }) => {
      const opened = await openShare(deps, credentialsOf(request, params.token))
      const { run } = await getShownRun(deps, opened, params.run_id)
      const reading = readingFor(deps.running.reading, reply, visitingReader(opened))
      const whole = await provenanceOf(deps, { run, origin: request.publicOrigin }, reading)
      return longAnswer(reading, sharedStatement(whole))
    },
  )
  addRoute(
    app,
    'GET /public/shares/{token}/runs/{run_id}/files/{name}',
    async ({ params }, { request, reply }) => {
      const opened = await openShare(deps, credentialsOf(request, params.token))
      const { run } = await getShownRun(deps, opened, params.run_id)
      return sendRunFile(deps.runFiles, { request, reply }, { run, name: params.name })
    },
  )
  addRoute(
    app,
    'GET /public/shares/{token}/assets/{asset_id}/content',
    async ({ params, query }, { request, reply }) => {
      const opened = await openShare(deps, credentialsOf(request, params.token))
      await refuseHiddenAsset(deps, opened, params.asset_id)
      return deps.sendAsset({ request, reply }, { id: params.asset_id, variant: query.variant })
    },
  )
}

/** Adds the routes of links for visitors. */
export async function registerPublicShareRoutes(
  app: FastifyInstance,
  deps: PublicSharesDeps & { auditing: AuditDeps },
): Promise<void> {
  await app.register(async (scope) => {
    await acceptOneFile(scope)
    await scope.register(rateLimit, { global: false })
    scope.addHook('onSend', async (_request, reply) => {
      // A browser must not cache what a link showed, because it would outlive the link. Media are revalidated
      // by their hash.
      reply.header('cache-control', 'private, no-cache')
    })
    addLookingRoutes(scope, deps)
    addVisitorRunRoutes(scope, deps)
  })
}
