import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { clientNetwork } from '@vitrine/contract/client-network'
import { withFormFile } from '../../http/forms.ts'
import { addRoute } from '../../http/route.ts'
import { assetMissingFile } from '../assets/assets.errors.ts'
import { shareTooMany } from './shares.errors.ts'
import { answerWith, credentialsOf, refuseOtherSites, setVisitorCookie } from './shares.requests.ts'
import { cancelVisitorRun, startVisitorRun, uploadVisitorAsset, type VisitSharesDeps } from './shares.runs.ts'
import { openRunnable, openShare, type OpenedShare } from './shares.visitor.ts'

/** Largest body of a visitor's run, in bytes. Larger media are uploaded. */
const largestRunBody = 2 * 1024 * 1024

const tokenParams = z.object({ token: z.string() })

/** The parsed token. One address can be written in many ways, and all must count together. */
const tokenOf = (request: FastifyRequest): string => tokenParams.parse(request.params).token

/** Counts the requests of an address at a link, and refuses those above the limit. */
function limiter(app: FastifyInstance, deps: Pick<VisitSharesDeps, 'limits'>, what: string) {
  const check = app.createRateLimit({
    max: () => deps.limits.requestsPerMinute,
    timeWindow: 60_000,
    // Not the visitor's own secret, or a page would only have to make another.
    keyGenerator: (request) => `${what} ${clientNetwork(request.ip)} ${tokenOf(request).split('~')[0]}`,
  })
  return async (request: FastifyRequest): Promise<void> => {
    const found = await check(request)
    if (!found.isAllowed && found.isExceeded) throw shareTooMany({ retry_after_s: found.ttlInSeconds })
  }
}

/** Opens a link for a visitor who runs it or uploads for a run. Refuses other sites, links without runs, and too many requests. */
async function openToRun(
  deps: VisitSharesDeps,
  request: FastifyRequest,
  limit: (request: FastifyRequest) => Promise<void>,
): Promise<OpenedShare> {
  refuseOtherSites(request)
  const opened = await openRunnable(deps, credentialsOf(request, tokenOf(request)))
  await limit(request)
  return opened
}

/** Adds the routes with which visitors of a link run what it shows. */
export function addVisitorRunRoutes(app: FastifyInstance, deps: VisitSharesDeps): void {
  const limitRuns = limiter(app, deps, 'run')
  const limitUploads = limiter(app, deps, 'upload')

  addRoute(
    app,
    'POST /public/shares/{token}/runs',
    async ({ params, body }, { request, reply }) => {
      const opened = await openToRun(deps, request, limitRuns)
      const { input_data: inputData, parameters } = body
      const network = clientNetwork(request.ip)
      const begun = await startVisitorRun(deps, opened, { inputData, parameters, network })
      setVisitorCookie(deps, reply, { token: params.token, secret: begun.secret })
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
    const options = { atMostBytes: deps.limits.uploadBytes, missing: () => assetMissingFile({}) }
    const kept = await withFormFile(request, options, (file) => uploadVisitorAsset(deps, opened, file))
    setVisitorCookie(deps, reply, { token: params.token, secret: kept.secret })
    return { asset_id: kept.asset.id, kind: kept.asset.kind, mime: kept.asset.mime }
  })
}
