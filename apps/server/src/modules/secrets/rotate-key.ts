import { keyedQueue } from '../../lib/keyed-queue.ts'
import type { Actor } from '../../lib/actor.ts'
import { requireForEverybody } from '../../lib/require-access.ts'
import type { SealingKeys } from '../../lib/sealing-keys.ts'
import { configKeyGiven } from './secrets.errors.ts'
import type { Resealed, SecretsRepository } from './secrets.repository.ts'

/** What changing the key of the secrets needs. */
export type RotateKeyDeps = { secrets: SecretsRepository; keys: SealingKeys }

const queue = keyedQueue()

/**
 * Seals everything with the newest key and drops the older ones. It goes through the secrets twice: a value that was sealed just before
 * the change, and waited for the first round to end, is stored before the second one.
 */
async function finishChange({ secrets, keys }: RotateKeyDeps): Promise<Resealed> {
  await secrets.sealAnew(keys)
  const counts = await secrets.sealAnew(keys)
  // Keeping the keys would not help secrets that none of them opens.
  await keys.dropOld()
  return counts
}

/** Ends a change of the key that a crash has interrupted, or that the environment asks for. Null if there is none. */
export const resumeKeyChange = async (deps: RotateKeyDeps): Promise<Resealed | null> =>
  deps.keys.isChanging() ? queue.run('key', () => finishChange(deps)) : null

/**
 * Makes a new key while the platform runs, seals every secret with it and drops the old one. A crash at any moment loses nothing: the
 * next start goes on. It concerns the secrets of everybody, so only administrators do it. Throws `auth.administrators_only`, and
 * `config.key_given` if the key is the environment's.
 */
export async function rotateKey(deps: RotateKeyDeps, actor: Actor): Promise<Resealed> {
  requireForEverybody(actor)
  if (deps.keys.isGiven) throw configKeyGiven({})
  return queue.run('key', async () => {
    if (deps.keys.isChanging()) await finishChange(deps)
    await deps.keys.change()
    return finishChange(deps)
  })
}

/** How many secrets that count now no key opens: the key was lost, or is another one. */
export async function unreadableSecrets({ secrets, keys }: RotateKeyDeps): Promise<number> {
  return (await secrets.sealedNow()).filter((sealed) => {
    try {
      keys.open(sealed)
      return false
    } catch {
      return true
    }
  }).length
}

/** The sentence about such secrets at the start. */
export const secretsNote = (unreadable: number): string[] =>
  unreadable === 0
    ? []
    : [
        `有 ${unreadable} 个密文是用另一把密钥加密的，读不出来；没有删除任何东西。请把原来的 secrets/sealing.key（或 VITRINE_SECRET_KEY）放回去再启动，或重新填写 · ${unreadable} secret(s) were encrypted with another key and cannot be read; nothing was deleted. Put back the former secrets/sealing.key (or VITRINE_SECRET_KEY) and start again, or enter them anew`,
      ]
