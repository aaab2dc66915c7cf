import { mkdir, readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import type { User } from '@vitrine/contract'
import type { Clock } from '../../lib/clock.ts'
import { writeFileAtomically } from '../../lib/write-file-atomically.ts'
import { hashPassword } from '../users/users.passwords.ts'
import type { UsersRepository } from '../users/users.repository.ts'
import { setupDone, setupTokenInvalid } from './auth.errors.ts'
import { randomSecret, sameHash, sha256 } from '../../lib/secrets.ts'

/** Links printed at earlier starts stay good until one is used; of very many, the newest. */
const keptLinks = 10

const storedHashes = z.object({ sha256: z.array(z.string().regex(/^[0-9a-f]{64}$/)) })

/** The first administrator, made by who holds a one-time link. */
export type Setup = {
  required: () => Promise<boolean>
  /** Throws `setup.done`, `setup.token_invalid`. */
  complete: (input: { token: string; username: string; password: string }) => Promise<User>
}

type SetupDeps = { users: UsersRepository; clock: Clock; tokenFile: string }

async function readHashes(file: string): Promise<string[]> {
  try {
    return storedHashes.parse(JSON.parse(await readFile(file, 'utf8'))).sha256
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

/** Makes the first user, an administrator, unless there is a user already: then null. Of several at once one succeeds. */
async function createFirst(
  deps: Pick<SetupDeps, 'users' | 'clock'>,
  input: { username: string; password: string },
): Promise<User | null> {
  if (!(await deps.users.isEmpty())) return null
  const passwordHash = await hashPassword(input.password)
  return deps.users.exclusively(async (users) =>
    (await users.isEmpty())
      ? users.create({
          username: input.username,
          passwordHash,
          role: 'admin',
          tokensValidFrom: deps.clock(),
        })
      : null,
  )
}

/**
 * Prepares set-up at boot. While there is no user, `token` is a new one for the link to print; only its SHA-256 is kept,
 * in a file of mode 0600 beside those of earlier starts, so that a link printed before a restart still works. With a
 * user, `token` is null and the file is removed.
 */
export async function createSetup(deps: SetupDeps): Promise<{ setup: Setup; token: string | null }> {
  const setup: Setup = {
    required: () => deps.users.isEmpty(),
    async complete({ token, username, password }) {
      if (!(await deps.users.isEmpty())) throw setupDone({})
      const given = sha256(token)
      const known = await readHashes(deps.tokenFile)
      if (!known.some((hash) => sameHash(hash, given))) throw setupTokenInvalid({})
      const user = await createFirst(deps, { username, password })
      if (!user) throw setupDone({})
      await rm(deps.tokenFile, { force: true })
      return user
    },
  }
  if (!(await deps.users.isEmpty())) {
    await rm(deps.tokenFile, { force: true })
    return { setup, token: null }
  }
  const token = randomSecret()
  const hashes = [sha256(token), ...(await readHashes(deps.tokenFile))].slice(0, keptLinks)
  await mkdir(dirname(deps.tokenFile), { recursive: true, mode: 0o700 })
  await writeFileAtomically(deps.tokenFile, `${JSON.stringify({ sha256: hashes })}\n`, 0o600)
  return { setup, token }
}

/**
 * Makes the user `admin` with VITRINE_ADMIN_PASSWORD where there is no user yet, and says whether it did: with users the
 * password changes nothing.
 */
export async function ensureAdministrator(
  deps: Pick<SetupDeps, 'users' | 'clock'>,
  input: { password: string },
): Promise<boolean> {
  return (await createFirst(deps, { username: 'admin', password: input.password })) !== null
}
