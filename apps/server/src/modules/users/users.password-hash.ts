import { hash, verify } from '@node-rs/argon2'
import { createFairQueue } from '../../lib/fair-queue.ts'

/**
 * OWASP's parameters for argon2id, which are the library's default (Password Storage Cheat Sheet): 19 MiB,
 * two passes, one lane.
 */
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/**
 * A hash occupies one of Node's four threads for tens of milliseconds. These threads also read files, look up names and compress
 * answers, so hashes do not get all of them. People take turns, so that hundreds of passwords of one person do not delay the others.
 */
const turns = createFairQueue(() => ({ atOnce: 2, perPerson: 1 }))

async function inTurn<T>(asker: string, work: () => Promise<T>): Promise<T> {
  const endTurn = await turns.enter(asker)
  try {
    return await work()
  } finally {
    endTurn()
  }
}

/**
 * The argon2id hash of a password, in PHC form with its own salt and parameters.
 *
 * @param asker one name for whoever asks: their id if it is known, or their network. They take turns
 */
export const hashPassword = (password: string, asker: string): Promise<string> =>
  inTurn(asker, () => hash(password, parameters))

/**
 * The hash of a random password that was not kept. It is checked if there is no such user, so that the answer
 * takes equally long. It lets nobody in.
 */
const nobodysHash =
  '$argon2id$v=19$m=19456,t=2,p=1$e+vv/z2sHu+u2k1UNGVgCg$/T1Wbimaz5zifPRghUygwi8N58qkqNzwi0aCsOh3If4'

/**
 * Whether the password has this hash. Always false for null, after the same work.
 *
 * @param asker as for {@link hashPassword}
 */
export async function passwordMatches(
  passwordHash: string | null,
  password: string,
  asker: string,
): Promise<boolean> {
  const matches = await inTurn(asker, () => verify(passwordHash ?? nobodysHash, password))
  return passwordHash !== null && matches
}
