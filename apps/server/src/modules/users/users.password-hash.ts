import { hash, verify } from '@node-rs/argon2'

/**
 * OWASP's parameters for argon2id, which are the library's default (Password Storage Cheat Sheet): 19 MiB,
 * two passes, one lane.
 */
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** The argon2id hash of a password, in PHC form with its own salt and parameters. */
export const hashPassword = (password: string): Promise<string> => hash(password, parameters)

/**
 * The hash of a random password that was not kept. It is checked if there is no such user, so that the answer
 * takes equally long. It lets nobody in.
 */
const nobodysHash =
  '$argon2id$v=19$m=19456,t=2,p=1$e+vv/z2sHu+u2k1UNGVgCg$/T1Wbimaz5zifPRghUygwi8N58qkqNzwi0aCsOh3If4'

/** Whether the password has this hash. Always false for null, after the same work. */
export async function passwordMatches(passwordHash: string | null, password: string): Promise<boolean> {
  const matches = await verify(passwordHash ?? nobodysHash, password)
  return passwordHash !== null && matches
}
