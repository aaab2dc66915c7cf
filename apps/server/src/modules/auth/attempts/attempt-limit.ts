import { clientNetwork } from '@vitrine/contract/client-network'
import type { Clock } from '../../../lib/clock.ts'
import type { AppError } from '../../../lib/errors.ts'
import type { AttemptsRepository, AttemptSubject } from './attempts.repository.ts'
import { tooManyAttempts } from '../auth.errors.ts'

type CountingDeps = { attempts: AttemptsRepository; clock: Clock }
/**
 * An attempt that was counted as failed. Call `succeeded` if it was right, and `undecided` to take back only this
 * attempt.
 */
type TakenAttempt = { succeeded: () => Promise<void>; undecided: () => Promise<void> }

/**
 * An attempt at a password: the name, the address of the sender, and the device. `device` is null unless the owner of
 * the name has signed in on it before.
 */
export type Attempt = { name: string; address: string; device: string | null }

/**
 * The subjects for which an attempt is counted. For a device that has signed in as this name, only the device is
 * counted, so nobody else can block it.
 */
function subjectsOf({ name, address, device }: Attempt): AttemptSubject[] {
  if (device !== null) return [{ kind: 'device', value: device }]
  const network = clientNetwork(address)
  return [
    { kind: 'address', value: network },
    { kind: 'name', value: `${name} from ${network}` },
    { kind: 'anywhere', value: name },
  ]
}

/**
 * Counts an attempt for all of these subjects, before its password is checked. If one of them is blocked, the attempt
 * counts for none of them, and the error that `tooMany` makes is thrown.
 */
export async function countAttempt(
  deps: CountingDeps,
  subjects: readonly AttemptSubject[],
  tooMany: (details: { retry_after_s: number }) => AppError,
): Promise<void> {
  const now = deps.clock()
  for (const [index, subject] of subjects.entries()) {
    const waitMs = await deps.attempts.consume(subject, now)
    if (waitMs === 0) continue
    for (const before of subjects.slice(0, index)) await deps.attempts.refund(before)
    throw tooMany({ retry_after_s: Math.ceil(waitMs / 1000) })
  }
}

/**
 * Counts an attempt before its password is checked. Throws `auth.too_many_attempts`. `succeeded` takes the attempt
 * back, and this name has its full number of attempts again from this network or on this device. `undecided` takes only
 * this attempt back, because the password is right but more is needed.
 */
export const takeAttempt = (deps: CountingDeps, attempt: Attempt): Promise<TakenAttempt> =>
  takenFor(deps, subjectsOf(attempt))

/**
 * Counts a code of a signed-in person before it is checked. It is counted for the person, so neither another session
 * nor a right password gives back the attempts that wrong codes have used. Throws `auth.too_many_attempts`.
 */
export const takeCodeAttempt = (deps: CountingDeps, userId: string): Promise<TakenAttempt> =>
  takenFor(deps, [{ kind: 'code', value: userId }])

async function takenFor(deps: CountingDeps, subjects: readonly AttemptSubject[]): Promise<TakenAttempt> {
  await countAttempt(deps, subjects, tooManyAttempts)
  return {
    async succeeded() {
      for (const subject of subjects)
        if (subject.kind === 'address' || subject.kind === 'anywhere') await deps.attempts.refund(subject)
        else await deps.attempts.reset(subject)
    },
    async undecided() {
      for (const subject of subjects) await deps.attempts.refund(subject)
    },
  }
}
