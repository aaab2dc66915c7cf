import cookie from '@fastify/cookie'
import helmet from '@fastify/helmet'
import sse from '@fastify/sse'
import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import { serializerCompiler } from 'fastify-type-provider-zod'
import { randomUUID } from 'node:crypto'
import { handleError } from './error-handler.ts'
import type { Authenticate } from './guard.ts'
import { routeNotFound, textUnstorable } from './http.errors.ts'
import { docsPath } from './openapi.ts'
import { checkBySchema } from './validation.ts'

/** Request bodies of JSON routes, in bytes: room for a picture as base64. Uploads stream and have limits of their own. */
const jsonBodyLimit = 32 * 1024 * 1024

/** Everything the pages may load comes from ourselves; pictures and media also from blobs that the page made. */
const contentSecurityPolicy = {
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
  },
}

/** Half of a character, which JSON can name and no text can hold (RFC 8259, section 8.2). */
const surrogate = /\\u[dD][89a-fA-F]/
/** Whether a text or a key in it has one. It keeps a list instead of calling itself: a body may be nested deeper than the stack is. */
function hasHalfCharacter(body: unknown): boolean {
  const left = [body]
  while (left.length > 0) {
    const value = left.pop()
    if (typeof value === 'string' && !value.isWellFormed()) return true
    if (typeof value !== 'object' || value === null) continue
    for (const [key, each] of Object.entries(value)) {
      if (!key.isWellFormed()) return true
      left.push(each)
    }
  }
  return false
}

/** Reads JSON bodies; where a route takes none, one that is said to be JSON may be empty, as many clients say that of every request. */
function addJsonParser(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '' && request.routeOptions.schema?.body === undefined) return done(null, undefined)
    void parse(request, body, (error, value) =>
      !error && surrogate.test(body) && hasHalfCharacter(value)
        ? done(textUnstorable({}), undefined)
        : done(error, value),
    )
  })
}

/** The Fastify instance with what every route needs: who asks, validation, the error form, security headers. */
export async function createApp(options: {
  logger: FastifyBaseLogger
  authenticate: Authenticate
}): Promise<FastifyInstance> {
  const app: FastifyInstance = Fastify({
    loggerInstance: options.logger,
    // Only the gateway, on loopback, may say where a request came from.
    trustProxy: ['127.0.0.1', '::1'],
    bodyLimit: jsonBodyLimit,
    requestIdHeader: 'x-request-id',
    genReqId: () => randomUUID(),
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: true,
    // What its router refuses before there is a route: an address that cannot be decoded, an id of thousands of characters.
    frameworkErrors: handleError,
    // As long as any address that the gateway lets through: what an id may be, its schema says.
    routerOptions: { maxParamLength: 16 * 1024 },
  })
  app.setValidatorCompiler(checkBySchema)
  app.setSerializerCompiler(serializerCompiler)
  addJsonParser(app)
  app.setErrorHandler(handleError)
  app.setNotFoundHandler((request) => {
    throw routeNotFound({ method: request.method, path: request.url.split('?')[0] ?? '' })
  })
  await app.register(cookie)
  await app.register(helmet, { contentSecurityPolicy, hsts: false, crossOriginEmbedderPolicy: false })
  await app.register(sse, { heartbeatInterval: 15_000 })
  app.decorateRequest('actor', null)
  app.addHook('onRoute', (route) => {
    // The reference page's plugin makes its own routes and cannot state a rule; they show what is public anyway.
    if (route.url.startsWith(docsPath)) route.config = { ...route.config, access: 'public' }
    if (route.config?.access === undefined)
      throw new Error(`route ${String(route.method)} ${route.url} states no access rule`)
  })
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
    request.actor = await options.authenticate(request)
  })
  return app
}
