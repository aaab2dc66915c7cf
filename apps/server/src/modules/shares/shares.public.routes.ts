import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { cookiePrefix, largest, type AssetVariant, type ErrorCode } from '@vitrine/contract'
import { z } from 'zod'
import { crossSiteRefused } from '../../http/http.errors.ts'
import { acceptOneFile, withFormFile } from '../../http/forms.ts'
import { cookieOf, cookieValueOf, isSecure } from '../../http/cookie-names.ts'
import { languageOf } from '../../http/language.ts'
import { addRoute, apiPrefix } from '../../http/route.ts'
import { assetMissingFile } from '../assets/assets.errors.ts'
import { audienceOf, type Audience } from '../../lib/disclosure.ts'
import type { Language } from '../../lib/errors.ts'
import type { OpenStreams } from '../../lib/open-streams.ts'
import { recordRefusedVisitor, type AuditDeps } from '../audit/audit.usecases.ts'
import { networkOf } from '../auth/attempts/failed-attempts.ts'
import { originOf } from '../auth/credentials/cookies.ts'
import { provenanceOf, type ProvenanceDeps } from '../provenance/provenance.usecases.ts'
import { sharedStatement } from '../provenance/statement.ts'
import { longAnswer, readingFor } from '../quotas/reading-memory.ts'
import { runEventIn } from '../runs/events/run-events.ts'
import { sendRunFile, type SendRunFilesDeps } from '../runs/files/send-file.ts'
import { runAnswer, writePartOf, type FoundRun } from '../runs/reading/read-run.ts'
import { sendRunEvents, type RunView } from '../runs/events/send-events.ts'
import { shareNotFound, shareTooMany } from './shares.errors.ts'
import { redactionFor } from './shares.redaction.ts'
import {
  cancelVisitorRun,
  getVisitorRun,
  getShownRun,
  refuseHiddenAsset,
  startVisitorRun,
  uploadVisitorAsset,
  visitingReader,
  type VisitSharesDeps,
} from './shares.runs.ts'
import { viewShare } from './shares.view.ts'
import {
  openRunnable,
  openShare,
  unlockShare,
  visitorSeconds,
  type OpenedShare,
  type VisitorCredentials,
} from './shares.visitor.ts'

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

/** The visitor's cookie. Its path separates the cookies of different links. */
const visitorCookie = `${cookiePrefix}visitor`
/** Most runs, and most uploads, that one address may start at one link in a minute. */
const mostAMinute = 10
/** Largest body of a visitor's run, in bytes. Larger media are uploaded. */
const largestRunBody = 2 * 1024 * 1024

const tokenParams = z.object({ token: z.string() })
const linkPath = (token: string) => `${apiPrefix}/public/shares/${token}`
const redactionOf = (token: string) => redactionFor((runId) => `${linkPath(token)}/runs/${runId}/files/`)

/** The form of a secret that a page makes itself: 256 random bits in base64url. */
const ownSecret = /^[\w-]{43}$/

/**
 * What a request says of its visitor. `given` is the token of the address, with the page's own secret behind it where
 * browsers keep no cookie.
 */
function credentialsOf(request: FastifyRequest, given: string): VisitorCredentials {
  const [token = '', own, ...more] = given.split('~')
  if (own === undefined) {
    return { token, secret: cookieValueOf(request, cookieOf(request, visitorCookie)), own: null }
  }
  if (!ownSecret.test(own) || more.length > 0) throw shareNotFound({})
  return { token, secret: undefined, own }
}

function setVisitorCookie(reply: FastifyReply, token: string, secret: string | null): void {
  if (secret === null) return
  const { request } = reply
  reply.setCookie(cookieOf(request, visitorCookie), secret, {
    httpOnly: true,
    sameSite: 'lax',
    secure: isSecure(request),
    path: linkPath(token),
    maxAge: visitorSeconds,
  })
}

/** Visitors read in their own language, and without logs even if they are signed in. */
const visitorAs = (request: FastifyRequest, language?: Language): Audience =>
  audienceOf(null, language ?? languageOf(request))

/** How visitors of a link see a run. */
function viewAt(token: string, { run }: FoundRun, audience: Audience): RunView {
  const { shownRun, shownEvent } = redactionOf(token)
  return {
    key: `${token} ${audience.language}`,
    shown(event) {
      const shown = shownEvent(event, run)
      return shown && runEventIn(shown, audience)
    },
    write: writePartOf(shownRun, audience),
  }
}

/** Refuses changes that another site's page requests, because browsers send the visitor's cookie by themselves. */
function refuseOtherSites(request: FastifyRequest): void {
  if (originOf(request) !== 'same') throw crossSiteRefused({})
}

/** The parsed token. One address can be written in many ways, and all must count together. */
const tokenOf = (request: FastifyRequest): string => tokenParams.parse(request.params).token

/** Counts the requests of an address at a link, and refuses those above the limit. */
function limiter(app: FastifyInstance, what: string) {
  const check = app.createRateLimit({
    max: mostAMinute,
    timeWindow: 60_000,
    // Not the visitor's own secret, or a page would only have to make another.
    keyGenerator: (request) => `${what} ${networkOf(request.ip)} ${tokenOf(request).split('~')[0]}`,
  })
  return async (request: FastifyRequest): Promise<void> => {
    const found = await check(request)
    if (!found.isAllowed && found.isExceeded) throw shareTooMany({ retry_after_s: found.ttlInSeconds })
  }
}

/** Opens a link for a visitor who runs it or uploads for a run. Refuses other sites, links without runs, and too many requests. */
async function openToRun(
  deps: PublicSharesDeps,
  request: FastifyRequest,
  limit: (request: FastifyRequest) => Promise<void>,
): Promise<OpenedShare> {
  refuseOtherSites(request)
  const opened = await openRunnable(deps, credentialsOf(request, tokenOf(request)))
  await limit(request)
  return opened
}

/** Answers with a run as visitors of a link see it. */
const answerWith = (
  deps: PublicSharesDeps,
  reply: FastifyReply,
  { found, opened, token }: { found: FoundRun; opened: OpenedShare; token: string },
) => {
  const { write } = viewAt(token, found, visitorAs(reply.request))
  return runAnswer(deps.running, reply, { found, reader: visitingReader(opened), write })
}

function addRunningRoutes(app: FastifyInstance, deps: PublicSharesDeps): void {
  const limitRuns = limiter(app, 'run')
  const limitUploads = limiter(app, 'upload')

  addRoute(
    app,
    'POST /public/shares/{token}/runs',
    async ({ params, body }, { request, reply }) => {
      const opened = await openToRun(deps, request, limitRuns)
      const { input_data: inputData, parameters } = body
      const network = networkOf(request.ip)
      const begun = await startVisitorRun(deps, opened, { inputData, parameters, network })
      setVisitorCookie(reply, params.token, begun.secret)
      return { run_id: begun.runId, runs_left: begun.runsLeft }
    },
    { bodyLimit: largestRunBody },
  )
  addRoute(
    app,
    'POST /public/shares/{token}/runs/{run_id}/cancel',
    async ({ params }, { request, reply }) => {
      refuseOtherSites(request)
      const opened = await openShare(deps, credentialsOf(request, params.token))
      const found = await cancelVisitorRun(deps, opened, params.run_id)
      return answerWith(deps, reply, { found, opened, token: params.token })
    },
  )
  addRoute(app, 'POST /public/shares/{token}/assets', async ({ params }, { request, reply }) => {
    const opened = await openToRun(deps, request, limitUploads)
    const options = { atMostBytes: largest.visitorMedia, missing: () => assetMissingFile({}) }
    const kept = await withFormFile(request, options, (file) => uploadVisitorAsset(deps, opened, file))
    setVisitorCookie(reply, params.token, kept.secret)
    return { asset_id: kept.asset.id, kind: kept.asset.kind, mime: kept.asset.mime }
  })
}

/** Records a wrong password of a link. */
const noteWrong = (auditing: AuditDeps, request: FastifyRequest) => (shareId: string) =>
  recordRefusedVisitor(auditing, {
    shareId,
    reason: 'share.wrong_password' satisfies ErrorCode,
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
    setVisitorCookie(reply, params.token, secret)
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
    addRunningRoutes(scope, deps)
  })
}
