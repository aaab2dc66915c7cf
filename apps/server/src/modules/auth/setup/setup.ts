import { mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import type { User } from '@vitrine/contract'
import { readJsonIfThere } from '../../../lib/if-there.ts'
import { writeFileAtomically } from '@vitrine/contract/write-file-atomically'
import { hashPassword } from '../../users/users.password-hash.ts'
import type { UsersRepository } from '../../users/users.repository.ts'
import { setupDone, setupTokenInvalid } from '../auth.errors.ts'
import { randomSecret, sameHash, sha256 } from '../../../lib/secrets.ts'

/**
 * How many set-up links stay valid. Links printed at earlier starts work until one is used; only the newest are kept.
 */
const keptLinks = 10

const storedHashes = z.object({ sha256: z.array(z.string().regex(/^[0-9a-f]{64}$/)) })

/** Set-up of the platform: a person with a one-time link creates the first administrator. */
export type Setup = {
  required: () => Promise<boolean>
  /** Throws `setup.done`, `setup.token_invalid`. */
  complete: (input: { token: string; username: string; password: string }) => Promise<User>
}

type SetupDeps = { users: UsersRepository; tokenFile: string }

async function readHashes(file: string): Promise<string[]> {
  return (await readJsonIfThere(file, storedHashes))?.sha256 ?? []
}

/**
 * Creates the first user, an administrator. Resolves with null if a user already exists. Of several
 * simultaneous calls one succeeds.
 */
async function createFirst(
  deps: Pick<SetupDeps, 'users'>,
  input: { username: string; password: string },
): Promise<User | null> {
  if (!(await deps.users.isEmpty())) return null
  const passwordHash = await hashPassword(input.password, 'set-up')
  return deps.users.exclusively(async (users) =>
    (await users.isEmpty())
      ? users.create({
          username: input.username,
          passwordHash,
          role: 'admin',
        })
      : null,
  )
}

/**
 * Prepares set-up at start. If there is no user, `token` is a new token for the printed link. Only its
 * SHA-256 is stored, in a file with mode 0600 together with those of earlier starts, so that a link printed
 * before a restart still works. If there is a user, `token` is null and the file is removed.
 */
async function createSetup(deps: SetupDeps): Promise<{ setup: Setup; token: string | null }> {
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
 * Creates the user `admin` with VITRINE_ADMIN_PASSWORD if there is no user. Otherwise the password changes
 * nothing. Resolves with whether the user was created.
 */
async function ensureAdministrator(
  deps: Pick<SetupDeps, 'users'>,
  input: { password: string },
): Promise<boolean> {
  return (await createFirst(deps, { username: 'admin', password: input.password })) !== null
}

/** Seeds the roles, and creates the administrator, or the token of the set-up link, if there is no user. */
export async function ensureSomebody({
  users,
  adminPassword,
  secretsFolder,
}: {
  users: UsersRepository
  adminPassword: string | null
  secretsFolder: string
}): Promise<{ administratorMade: boolean; setup: Setup; token: string | null }> {
  await users.seedRoles()
  const administratorMade =
    adminPassword !== null && (await ensureAdministrator({ users }, { password: adminPassword }))
  return {
    administratorMade,
    ...(await createSetup({ users, tokenFile: join(secretsFolder, 'setup-tokens.json') })),
  }
}
