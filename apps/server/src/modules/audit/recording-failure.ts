import type { FastifyRequest } from 'fastify'
import { existingUsername, type ErrorCode } from '@vitrine/contract'
import { AppError } from '../../lib/errors.ts'
import type { AuditRepository } from './audit.repository.ts'
import { becauseOf, recordFailedCheck } from './audit.usecases.ts'

/**
 * The error codes that mean that a password, code or token was checked and refused. A refusal without a check is not
 * recorded.
 */
const failures: ReadonlySet<string> = new Set<ErrorCode>([
  'auth.wrong_password',
  'auth.wrong_code',
  'auth.disabled',
  'auth.current_password_wrong',
  'setup.token_invalid',
  'oidc.refused',
  'oidc.not_admitted',
  'oidc.no_group',
  'oidc.role_missing',
  'invite.not_valid',
])

/**
 * Runs an action that checks a password, a code or a token, and records a refusal in the audit log. A 403 for somebody who is
 * signed in is left to the hook, which records it under their name.
 */
export async function recordingFailure<T>(
  deps: { audit: AuditRepository } & Parameters<typeof recordFailedCheck>[0],
  request: FastifyRequest,
  asked: Pick<Parameters<typeof recordFailedCheck>[1], 'actor' | 'action'> & { username: string },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const isOfHook = error instanceof AppError && error.status === 403 && Boolean(request.actor)
    if (error instanceof AppError && failures.has(error.code) && !isOfHook)
      await recordFailedCheck(deps, {
        actor: asked.actor,
        action: asked.action,
        username: existingUsername.safeParse(asked.username).data ?? null,
        reason: error.code,
        because: becauseOf(error),
        status: error.status,
        remoteAddress: request.ip,
        requestId: request.id,
      })
    throw error
  }
}
