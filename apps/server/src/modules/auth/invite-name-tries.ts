import { inviteTooManyNames } from '../invites/invites.errors.ts'
import type { InvitesDeps } from '../invites/invites.usecases.ts'
import type { AuthDeps } from './auth.deps.ts'
import { countAttempt } from './attempts/attempt-limit.ts'

/** Counts an attempt to use a taken name with an invitation, in the same way as a wrong password. */
export function nameTriesOf({
  attempts,
  clock,
}: Pick<AuthDeps, 'attempts' | 'clock'>): InvitesDeps['nameTries'] {
  const subjectOf = (id: string) => ({ kind: 'invite', value: id }) as const
  return {
    count: (id) => countAttempt({ attempts, clock }, [subjectOf(id)], inviteTooManyNames),
    refund: (id) => attempts.refund(subjectOf(id)),
    reset: (id) => attempts.reset(subjectOf(id)),
  }
}
