import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Json } from '@vitrine/contract'
import { isDeepStrictEqual } from 'node:util'
import { apiPrefix } from '../../http/route.ts'
import type { Actor } from '../../lib/actor.ts'
import { AppError } from '../../lib/errors.ts'
import type { Words } from '../../lib/words.ts'
import { createDenials } from './audit.denials.ts'
import { becauseOf, recordAudit, type AuditDeps } from './audit.usecases.ts'

const unsafeMethods: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])
/**
 * A refresh only renews the token. Every open page sends one every quarter of an hour. The batch request of Git LFS only
 * asks where to send files.
 */
const onlyAsking: ReadonlySet<string> = new Set([
  'POST /auth/refresh',
  // Only makes the address that the browser opens.
  'POST /auth/oidc/start',
  // Only asks what an invitation offers.
  'POST /invites/look',
  'POST /git/{repository}/info/lfs/objects/batch',
])

/** An import that only says what it would change. */
const dryRun = z.object({ dry_run: z.literal(true) })

/** Whether a request changes nothing that the log is for. */
const isOnlyAsking = (action: string, request: FastifyRequest): boolean =>
  onlyAsking.has(action) || (action === 'POST /config/import' && dryRun.safeParse(request.body).success)

/** Routes with which people make an account of their own: the log then knows the name of its id. */
const makesAccount: ReadonlySet<string> = new Set(['POST /setup', 'POST /invites/accept'])

/** Fields of a body whose values are recorded. For all other fields, only their presence is recorded. */
const openFields = [
  'username',
  'role',
  'disabled',
  'name',
  'scopes',
  'service_ids',
  'expires_at',
  'requests_per_minute',
  'action',
  'algorithm_id',
  'service_id',
  'release',
  'replicas',
  'network',
  'branch',
  'ref',
  'type',
  'reason',
  'kind',
  'target_id',
  'may_run',
  'max_runs',
  'from',
  'to',
  'keys',
  'canary',
  'level',
] as const
/** Longest text of a body that is kept, in characters. */
const longestValue = 200

/** The fields of an answer that say what was created, changed or started. For a sign-in, they say who it was. */
const answered = z.object({
  id: z.string().optional(),
  service_id: z.string().optional(),
  // Null if nothing had to be done; the rest of the answer still counts.
  task_id: z.string().nullish(),
  run_id: z.string().optional(),
  comparison_id: z.string().optional(),
  /** The revision of the configuration that a change has made. */
  revision: z.number().nullish(),
  user: z.object({ id: z.string(), username: z.string() }).optional(),
  algorithm: z.object({ id: z.string() }).optional(),
})
/** Fields of objects whose values before and after a change are recorded. */
const comparedFields = [
  ...openFields,
  'title',
  'description',
  'text',
  'auth',
  'timeout_s',
  'rate_limit',
  'body_mb',
  'path',
  'front_port',
  'group_id',
  'mode',
  'limits',
  'scaling',
  'idle_minutes',
  'unhealthy_probes',
  'colour',
  'color',
  'embed_origins',
  'locked',
  'permissions',
  'owner',
  'holder_name',
] as const

const bodyFields = z.record(z.string(), z.unknown())
const openValue = z.union([
  z.string().transform((text) => text.slice(0, longestValue).toWellFormed()),
  z.number(),
  z.boolean(),
  z.null(),
  z.array(z.string().max(longestValue)).max(50),
])
/** A value of an object or a body: limits and rates are objects of numbers, and whom a grant is for is an object of one field. */
const comparedValue = z.union([openValue, z.record(z.string().max(50), openValue)])
const pathParams = z.record(z.string(), z.string())

type Answered = z.infer<typeof answered>

/** The name of a route as in the contract: `PATCH /users/{id}`. */
function actionOf(request: FastifyRequest): string {
  const path = (request.routeOptions.url ?? '').replace(apiPrefix, '').replaceAll(/:(\w+)/g, '{$1}')
  return `${request.method} ${path}`
}

/** What the request acted on: the parameters of its path (never the token of a share), or else the ID in the answer. */
function targetOf(request: FastifyRequest, answer: Answered | undefined): string {
  const params = pathParams.safeParse(request.params).data ?? {}
  const named = Object.entries(params).filter(([name]) => name !== 'token')
  if (named.length > 0) return named.map(([, value]) => value).join('/')
  return (
    answer?.id ??
    answer?.service_id ??
    answer?.algorithm?.id ??
    answer?.run_id ??
    answer?.comparison_id ??
    answer?.task_id ??
    (makesAccount.has(actionOf(request)) ? answer?.user?.id : answer?.user?.username) ??
    ''
  )
}

/**
 * Which open fields a change has changed, each with its value before and after. `after` is null for an object that is
 * gone. Fields that only one of them has are no change: an answer may say more than the object. Pure.
 */
function changesOf(before: object, after: object | null): Record<string, Json> {
  const [was, is] = [bodyFields.parse(before), after === null ? null : bodyFields.parse(after)]
  const changes: Record<string, Json> = {}
  for (const field of comparedFields) {
    if (!(field in was) || (is !== null && !(field in is))) continue
    const [from, to] = [comparedValue.safeParse(was[field]), comparedValue.safeParse(is?.[field] ?? null)]
    if (!from.success || !to.success || isDeepStrictEqual(from.data, to.data)) continue
    changes[field] = { before: from.data, after: to.data }
  }
  return changes
}

/** Most fields of a body that are named, and the longest name, in characters. */
const namedFields = { most: 50, longest: 100 }

/** Only the fields of a body that the schema of its route knows: others could be anything that somebody wants to have recorded. */
function detailsOf(request: FastifyRequest, status: number, revision: number | null): Record<string, Json> {
  const isKnown = request.routeOptions.schema?.body !== undefined
  const body = (isKnown && bodyFields.safeParse(request.body).data) || {}
  // A removal has no body: its service and its reason are in the query.
  const query = (request.routeOptions.schema?.querystring && bodyFields.safeParse(request.query).data) || {}
  // The options of a deploy are in a field of their own.
  const stated: Record<string, unknown> = {
    ...query,
    ...bodyFields.safeParse(body['service_config']).data,
    ...body,
  }
  const values: Record<string, Json> = {}
  for (const field of openFields) {
    const { data } = comparedValue.safeParse(stated[field])
    if (data !== undefined) values[field] = data
  }
  const fields = Object.keys(body)
    .slice(0, namedFields.most)
    .map((name) => name.slice(0, namedFields.longest))
  if (revision !== null) {
    // Not `revision` of the body, which is the revision that a rollback returns to.
    fields.push('new_revision')
    values.new_revision = revision
  }
  return { status, remote_address: request.ip, fields, values }
}

/** The revision that a change of the configuration has made. Answers of other routes have revisions of other things. */
const madeRevision = (action: string, answer: Answered | undefined): number | null =>
  / \/config(\/|$)/.test(action) ? (answer?.revision ?? null) : null

/** The code of the error that an answer states. */
const statedCode = z.object({ error: z.object({ code: z.string() }) })

/** What is known of a request before it is answered. */
type Known = {
  answer?: Answered
  payload?: object
  before?: object | null
  code?: string
  /** The sentence of the error that it is answered with. */
  because?: Words
}

/** Records a request that somebody was not permitted to make. The answer is the refusal, even if the entry cannot be written. */
async function recordDenial(
  denials: ReturnType<typeof createDenials>,
  request: FastifyRequest,
  actor: Actor,
  { code, because }: { code: string; because: Words | undefined },
): Promise<void> {
  const details = {
    status: 403,
    remote_address: request.ip,
    fields: ['reason'],
    ...(because && { because }),
    values: { reason: code },
  }
  const action = actionOf(request)
  try {
    await denials.record({
      actor,
      action,
      target: targetOf(request, undefined),
      details,
      requestId: request.id,
    })
  } catch (error) {
    request.log.error({ err: error }, 'a refused request could not be recorded')
  }
}

/**
 * Records every successful request that may change something, before it is answered, so that no route can
 * forget it. If the record cannot be written, the request fails: no change may stay unrecorded.
 */
export function addAuditHook(app: FastifyInstance, deps: AuditDeps): void {
  const known = new WeakMap<FastifyRequest, Known>()
  const denials = createDenials(deps)
  const note = (request: FastifyRequest, more: Known) =>
    known.set(request, { ...known.get(request), ...more })
  app.addHook('preHandler', async (request) => {
    const { readBefore } = request.routeOptions.config
    if (readBefore) note(request, { before: await readBefore(request) })
  })
  app.addHook('onError', async (request, _reply, error) => {
    if (error instanceof AppError) note(request, { because: becauseOf(error) })
  })
  app.addHook('preSerialization', async (request, _reply, payload) => {
    const { data } = answered.safeParse(payload)
    if (typeof payload === 'object' && payload !== null) note(request, { answer: data, payload })
    const refused = statedCode.safeParse(payload).data
    if (refused) note(request, { code: refused.error.code })
    return payload
  })
  app.addHook('onSend', async (request, reply) => {
    const action = actionOf(request)
    const { answer, payload, before, code, because } = known.get(request) ?? {}
    if (reply.statusCode === 403 && request.actor && code !== undefined)
      await recordDenial(denials, request, request.actor, { code, because })
    if (!unsafeMethods.has(request.method) || reply.statusCode >= 400 || isOnlyAsking(action, request)) return
    // Without an actor, nobody was signed out. Anybody could fill the log with such requests.
    if (action === 'POST /auth/logout' && !request.actor) return
    const changes = before
      ? changesOf(before, request.method === 'DELETE' ? null : (payload ?? before))
      : null
    await recordAudit(deps, {
      actor: request.actor ?? answer?.user?.username ?? 'anonymous',
      action,
      target: targetOf(request, answer),
      details: {
        ...detailsOf(request, reply.statusCode, madeRevision(action, answer)),
        ...(changes && { changes }),
      },
      requestId: request.id,
    })
  })
}
