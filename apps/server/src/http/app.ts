import cookie from '@fastify/cookie'
import helmet from '@fastify/helmet'
import sse from '@fastify/sse'
import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { randomUUID } from 'node:crypto'
import { handleError } from './error-handler.ts'
import type { Authenticate } from './guard.ts'
import { routeNotFound } from './http.errors.ts'
import { docsPath } from './openapi.ts'

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
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
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
