import cookie from '@fastify/cookie'
import helmet from '@fastify/helmet'
import sse from '@fastify/sse'
import Fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type RouteOptions,
} from 'fastify'
import { serializerCompiler } from 'fastify-type-provider-zod'
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { addCompressedAnswers } from './compressed-answers.ts'
import { handleError } from './error-handler.ts'
import { frameSources } from './frame-sources.ts'
import { addHeadAnswers } from './head-answers.ts'
import type { Authenticate } from './authenticate.ts'
import { endWithoutRight, mayStillUse } from './end-without-right.ts'
import { routeNotFound } from './http.errors.ts'
import { learnLanguage, type LanguageOfAccount } from './language.ts'
import { addJsonBodies, type OpenBody } from './json-body.ts'
import { createEventMemory, usualEventMemory } from '../lib/event-memory.ts'
import type { Actor } from '../lib/actor.ts'
import type { OpenStreams } from '../lib/open-streams.ts'
import { addPublicOrigin } from './public-origin.ts'
import { scriptPolicy } from './script-policy.ts'
import type { OpenWaiting, TakeStream } from './sse.ts'
import { usualStalledMs } from './backpressure.ts'
import { refuseUnreadable } from './unreadable-request.ts'
import { checkBySchema } from './validation.ts'

declare module 'fastify' {
  interface FastifyInstance {
    authenticate: Authenticate
    openStreams: OpenStreams
    takeStream: TakeStream
    openWaiting: OpenWaiting
    /** How long a reader may take nothing of what is there for them, in milliseconds. */
    stalledMs: number
  }
}

/**
 * Largest body of a JSON route, in bytes. There is room for a picture as base64. Uploads stream and have
 * their own limits.
 */
const jsonBodyLimit = 32 * 1024 * 1024

/**
 * The pages may load only from this server. Pictures and media may also come from blobs that the page made, and frames
 * show the pages of services.
 */
const contentSecurityPolicy = (appsDomain: string | null) => ({
  useDefaults: false,
  directives: {
    'default-src': ["'self'"],
    'img-src': ["'self'", 'data:', 'blob:'],
    'media-src': ["'self'", 'blob:'],
    'style-src': ["'self'", "'unsafe-inline'"],
    'worker-src': ["'self'", 'blob:'],
    'connect-src': ["'self'"],
    'object-src': ["'none'"],
    'base-uri': ["'self'"],
    'form-action': ["'self'"],
    'frame-ancestors': ["'none'"],
    'frame-src': [
      ({ headers }: IncomingMessage) =>
        frameSources(String(headers['x-forwarded-host'] ?? headers.host ?? ''), appsDomain).join(' '),
    ],
  },
})

/** What happens to all answers on their way. */
function addAnswers(app: FastifyInstance): void {
  addCompressedAnswers(app)
  addHeadAnswers(app)
}

/** Stops the start at a route that does not say who may use it. */
function requireAccessRule({ config, method, url }: RouteOptions): void {
  if (config?.access === undefined) throw new Error(`route ${String(method)} ${url} states no access rule`)
}

async function logAnswer(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  // The route and not the address, which may hold the token of a link.
  const { method, routeOptions, actor } = request
  request.log.debug(
    {
      method,
      route: routeOptions.url,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
      actor: actor?.name,
      request_id: request.id,
    },
    'answered',
  )
}

function addRefusals(app: FastifyInstance): void {
  app.setErrorHandler(handleError)
  app.setNotFoundHandler((request) => {
    throw routeNotFound({ method: request.method, path: request.url.split('?')[0] ?? '' })
  })
}

type AppOptions = {
  logger: FastifyBaseLogger
  authenticate: Authenticate
  /** The language that an account has chosen. Without it, none has chosen one. */
  languageOfAccount?: LanguageOfAccount
  /** Throws for a request too many of its sender. Without it, nobody is limited. */
  countRequest?: (actor: Actor | null) => void
  /** Where event streams are registered, so that a revocation ends them. */
  streams: OpenStreams
  /** Bounds the event streams of each reader. Without it, there is no bound. */
  takeStream?: TakeStream
  /** Bounds what waits for the readers of event streams. Without it, all readers count as one. */
  openWaiting?: OpenWaiting
  /** Bounds the memory of large JSON bodies. Without it, there is no bound. */
  openBody?: OpenBody
  /** How long a reader may take nothing of what is there for them, in milliseconds. */
  stalledMs?: number
  /** The address for people, if the administrator has set it. */
  publicUrl?: string | null
  /** The domain of services' own hosts, if there is one. */
  appsDomain?: string | null
}

/**
 * Creates the Fastify instance with what every route needs: authentication, validation, error answers and
 * security headers.
 */
export async function createApp(options: AppOptions): Promise<FastifyInstance> {
  const app: FastifyInstance = Fastify({
    loggerInstance: options.logger,
    // Our peer is the gateway: nobody else can open the socket. It says where a request came from.
    trustProxy: (_address, hop) => hop === 0,
    bodyLimit: jsonBodyLimit,
    requestIdHeader: 'x-request-id',
    genReqId: () => randomUUID(),
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: true,
    // Handles what the router refuses before it finds a route, for example an address that cannot be decoded.
    frameworkErrors: handleError,
    clientErrorHandler: refuseUnreadable,
    // As long as any address that the gateway lets through. The schema of each route limits its ids.
    routerOptions: { maxParamLength: 16 * 1024 },
  })
  app.setValidatorCompiler(checkBySchema)
  app.setSerializerCompiler(serializerCompiler)
  addJsonBodies(app, options.openBody ?? null)
  addRefusals(app)
  await app.register(cookie)
  await app.register(helmet, {
    contentSecurityPolicy: contentSecurityPolicy(options.appsDomain ?? null),
    hsts: false,
    crossOriginEmbedderPolicy: false,
  })
  app.addHook('onRequest', async (_request, reply) => {
    reply.header(
      'content-security-policy',
      `${scriptPolicy}, ${String(reply.getHeader('content-security-policy'))}`,
    )
  })
  app.addHook('onResponse', logAnswer)
  addPublicOrigin(app, options.publicUrl ?? null)
  addAnswers(app)
  // Its heartbeats would stand between the pieces of an event.
  await app.register(sse, { heartbeatInterval: 0 })
  app.decorate('authenticate', options.authenticate)
  app.decorate('openStreams', options.streams)
  app.decorate('takeStream', options.takeStream ?? (() => () => {}))
  const usualMemory = createEventMemory(usualEventMemory)
  app.decorate('openWaiting', options.openWaiting ?? ((_request, close) => usualMemory.open('all', close)))
  app.decorate('stalledMs', options.stalledMs ?? usualStalledMs)
  app.decorate('languageOfAccount', options.languageOfAccount ?? (async () => null))
  app.decorateRequest('actor', null)
  app.decorateRequest('accountLanguage', null)
  app.addHook('onRoute', requireAccessRule)
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
    request.actor = await options.authenticate(request)
    endWithoutRight(request, reply, () => mayStillUse(request))
    options.countRequest?.(request.actor)
    await learnLanguage(request)
  })
  return app
}
