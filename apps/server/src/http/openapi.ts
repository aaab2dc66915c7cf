import swagger from '@fastify/swagger'
import scalar from '@scalar/fastify-api-reference'
import type { FastifyInstance } from 'fastify'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { apiPrefix } from './route.ts'

/** Where the readable API documentation is. */
export const docsPath = '/api/docs'

/** The reference page builds itself with inline code and styles; it shows nothing but our own document. */
const docsPolicy =
  "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'"

/** Registers the OpenAPI document, made from the very schemas that validate, and its page. Before any route is added. */
export async function addOpenApi(app: FastifyInstance, options: { version: string }): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Vitrine 智能算法展示平台', version: options.version },
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'login token or API key' },
          session: { type: 'apiKey', in: 'cookie', name: 'vitrine_session' },
        },
      },
      security: [{ bearer: [] }, { session: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  })
  app.get(`${apiPrefix}/openapi.json`, { config: { access: 'public' }, schema: { hide: true } }, () =>
    app.swagger(),
  )
  await app.register(async (scope) => {
    scope.addHook('onSend', async (_request, reply) => {
      reply.header('content-security-policy', docsPolicy)
    })
    await scope.register(scalar, {
      routePrefix: docsPath,
      configuration: { url: `${apiPrefix}/openapi.json`, withDefaultFonts: false, telemetry: false },
    })
  })
}
