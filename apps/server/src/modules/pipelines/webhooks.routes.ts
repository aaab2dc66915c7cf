import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { addRoute } from '../../http/route.ts'
import type { AuditDeps } from '../audit/audit.usecases.ts'
import { recordRefusedHook } from '../audit/audit.usecases.ts'
import { hookRefused } from './pipelines.errors.ts'
import type { PipelinesDeps } from './pipelines.deps.ts'
import { hookRefusals, signatureForm, takeDelivery, type HookRefusal } from './webhook-deliveries.ts'

/** Gitea lists at most fifteen commits of a push, so no genuine body is larger. In bytes. */
const mostBytes = 1024 ** 2

const signed = z.object({ 'x-gitea-signature': z.string().regex(signatureForm).optional().catch(undefined) })
const named = z.object({ service: z.string().max(63).catch('') })

const signatureOf = ({ headers }: FastifyRequest): string | undefined =>
  signed.parse(headers)['x-gitea-signature']

/**
 * Adds the route where Gitea reports pushes. What is not signed is refused before its body is read. Every refusal is the same to its
 * sender, and is in the audit log with its reason.
 */
export async function registerHookRoute(
  app: FastifyInstance,
  deps: PipelinesDeps & { auditing: AuditDeps },
): Promise<void> {
  const refuse = async (request: FastifyRequest, serviceId: string, reason: HookRefusal) => {
    const { ip: remoteAddress, id: requestId } = request
    const because = hookRefusals[reason]
    await recordRefusedHook(deps.auditing, { serviceId, reason, because, remoteAddress, requestId })
    throw hookRefused({})
  }
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    // A parser for this media type, so that the body counts against the memory for bodies: all of it must arrive before
    // its signature can be checked.
    const form = { parseAs: 'buffer', bodyLimit: mostBytes } as const
    scope.addContentTypeParser('application/json', form, (_request, body, done) => done(null, body))
    scope.addHook('preParsing', async (request) => {
      if (signatureOf(request) === undefined)
        await refuse(request, named.parse(request.query).service, 'no_signature')
    })
    const limit = { bodyLimit: mostBytes }
    const onDelivery = async (serviceId: string, request: FastifyRequest) => {
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
      const answer = await takeDelivery(deps, { serviceId, body, signature: signatureOf(request) })
      if ('refused' in answer) return refuse(request, serviceId, answer.refused)
      return { ...answer, service_id: serviceId }
    }
    addRoute(
      scope,
      'POST /hooks/gitea',
      ({ query }, { request }) => onDelivery(query.service, request),
      limit,
    )
  })
}
