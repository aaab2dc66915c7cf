import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import {
  endpoints,
  errorBody,
  type ApiEndpoint,
  type EndpointKey,
  type EndpointParsed,
  type EndpointResponse,
} from '@vitrine/contract'
import { z } from 'zod'
import type { Actor } from '../lib/actor.ts'
import { audienceOf, type Audience } from '../lib/disclosure.ts'
import { AppError, type Language } from '../lib/errors.ts'
import { admit } from '../lib/require-access.ts'
import { signInRequired } from '../lib/access.errors.ts'
import { JsonText, LongAnswer, sendJsonText } from './json-text.ts'
import { KeptAnswer, sendKeptAnswer } from './kept-answer.ts'
import { languageOf } from './language.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who sent the request, or null. Set before any handler runs. */
    actor: Actor | null
  }
  interface FastifyContextConfig {
    /** The access rule. A route without one is refused at start. */
    access?: ApiEndpoint['access']
    /** Admits a caller of this route anew, after their credential was checked again. Throws if they may not use it any more. */
    admitAgain?: (actor: Actor | null, request: FastifyRequest) => Actor | null
    /** Reads what a change is about to change, for the audit log. Null if it is not there. */
    readBefore?: (request: FastifyRequest) => Promise<object | null>
  }
}

type Handler<Key extends EndpointKey> = (
  input: EndpointParsed<Key>,
  context: { request: FastifyRequest; reply: FastifyReply },
) => Promise<
  EndpointResponse<Key> extends undefined
    ? unknown
    : EndpointResponse<Key> | JsonText | LongAnswer<EndpointResponse<Key>> | KeptAnswer<EndpointResponse<Key>>
>

/** The prefix of every API route. */
export const apiPrefix = '/api/v1'

/** The `{id}` of a path, before the schema of its route checks it. */
const idIn = z.object({ id: z.string().nullable().catch(null).default(null) })

const fastifyPath = (path: string) => path.replaceAll(/\{(\w+)\}/g, ':$1')

/** Describes the events of a stream: each has a name, and data in the form that belongs to that name. */
const streamSchema = (events: Readonly<Record<string, z.ZodType>>) => ({
  description: 'Server-sent events. `event` is the name of an event, and `data` is its JSON.',
  content: {
    'text/event-stream': {
      schema: z.union(
        Object.entries(events).map(([name, data]) => z.object({ event: z.literal(name), data })),
      ),
    },
  },
})

/** What a route answers with when it succeeds, by the status. */
function successOf({ response, events, status, beginsWork }: ApiEndpoint) {
  if (events) return { [status]: streamSchema(events) }
  if (response === null || typeof response === 'string') return {}
  const statuses = beginsWork ? [status, 202] : [status]
  return Object.fromEntries(statuses.map((each) => [each, response]))
}

function schemaOf(spec: ApiEndpoint, tag: string) {
  return {
    summary: spec.summary,
    tags: [tag],
    ...(spec.access === 'public' && { security: [] }),
    ...(spec.stream === 'multipart' && { consumes: ['multipart/form-data'] }),
    ...(spec.params && { params: spec.params }),
    ...(spec.query && { querystring: spec.query }),
    ...(spec.body && { body: spec.body }),
    response: { ...successOf(spec), '4xx': errorBody },
  }
}

type RouteOptions<Key extends EndpointKey> = {
  bodyLimit?: number
  /**
   * For a change: reads the object as the API shows it, before the change. The audit log records which of its open fields
   * the change has changed. Errors of ours count as "not there": the handler says what is wrong.
   */
  before?: (params: EndpointParsed<Key>['params'], request: FastifyRequest) => Promise<object | null>
}

/** The largest JSON body of a route that anybody may call, in bytes: they have names, passwords and codes. Others may state a larger one. */
const publicBodyLimit = 64 * 1024

/** Makes the reading of a route one that every request can be given to. */
const readBeforeOf =
  <Key extends EndpointKey>(before: NonNullable<RouteOptions<Key>['before']>) =>
  async (request: FastifyRequest): Promise<object | null> => {
    try {
      // The validator has parsed these with the schema of this key, but a generic function cannot show that to the compiler.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      return await before(request.params as EndpointParsed<Key>['params'], request)
    } catch (error) {
      if (error instanceof AppError) return null
      throw error
    }
  }

/**
 * Adds one route of the contract. The access rule, validation, documentation and status come from the
 * endpoint table, and the handler gets the parsed input. A handler that streams hijacks its reply and returns
 * it.
 */
export function addRoute<Key extends EndpointKey>(
  app: FastifyInstance,
  key: Key,
  handler: Handler<Key>,
  options: RouteOptions<Key> = {},
): void {
  const spec: ApiEndpoint = endpoints[key]
  const [method = '', path = ''] = key.split(' ')
  const isOpenForm = spec.access === 'public' && spec.body !== undefined && spec.stream === undefined
  const bodyLimit = options.bodyLimit ?? (isOpenForm ? publicBodyLimit : undefined)
  app.route({
    method,
    url: apiPrefix + fastifyPath(path),
    schema: schemaOf(spec, path.split('/')[1] ?? ''),
    // Every GET route has a HEAD route, so the document shows only those HEAD routes that are part of the
    // contract.
    config: {
      access: spec.access,
      admitAgain: (actor, request) => admit(actor, spec, idIn.parse(request.params).id),
      ...(options.before && { readBefore: readBeforeOf(options.before) }),
      ...(method === 'HEAD' && { swagger: { exposeHeadRoute: true } }),
    },
    ...(bodyLimit && { bodyLimit }),
    ...(spec.response === 'events' && { sse: 'only' }),
    onRequest: async (request) => {
      request.actor = admit(request.actor, spec, idIn.parse(request.params).id)
    },
    handler: async (request, reply) => {
      // The validator has parsed these with the schemas of this key, but a generic function cannot show
      // that to the compiler.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      const input = {
        params: request.params,
        query: request.query,
        body: request.body,
      } as EndpointParsed<Key>
      const answer = await handler(input, { request, reply })
      if (reply.sent || typeof spec.response === 'string') return reply
      // Sentences and texts of manifests are in the reader's language, so a cache must keep one answer for
      // each language.
      reply.header('vary', 'accept-language')
      // A handler may set another status itself, for example 202 when work has only begun.
      const status = reply.statusCode === 200 ? spec.status : reply.statusCode
      reply.status(status)
      if (answer instanceof KeptAnswer) return sendKeptAnswer(reply, answer)
      if (answer instanceof JsonText) return sendJsonText(reply, answer)
      if (answer instanceof LongAnswer) {
        const text = String(reply.serialize(answer.value))
        return sendJsonText(reply, new JsonText([text], answer.signal))
      }
      return reply.send(spec.response === null ? undefined : answer)
    },
  })
}

/** Who reads an answer, and in which language. */
export type Reader = { actor: Actor; language: Language }

/** The signed-in actor of a request, with the language of the answer. Throws `auth.required`. */
export const readerOf = (request: FastifyRequest): Reader => ({
  actor: actorOf(request),
  language: languageOf(request),
})

/** Who reads an answer. The address of an event stream may state the language, which then counts. */
export const audienceOfRequest = (request: FastifyRequest, language?: Language): Audience =>
  audienceOf(request.actor, language ?? languageOf(request))

/** The signed-in actor of a request. Throws `auth.required`. */
export function actorOf(request: FastifyRequest): Actor {
  if (!request.actor) throw signInRequired({})
  return request.actor
}
