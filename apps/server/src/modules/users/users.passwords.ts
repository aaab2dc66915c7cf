import { hash, verify } from '@node-rs/argon2'
import { randomBytes } from 'node:crypto'

/** OWASP's parameters for argon2id, the library's default (Password Storage Cheat Sheet): 19 MiB, two passes, one lane. */
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** The argon2id hash of a password, in PHC form with its own salt and parameters. */
export const hashPassword = (password: string): Promise<string> => hash(password, parameters)

/** Of a password that nobody knows: what is checked where there is no user, so that the answer takes as long. */
const nobodysHash = hashPassword(randomBytes(32).toString('base64url'))

/** Whether the password is the one that was hashed; always false for null, after the same work. */
export async function passwordMatches(passwordHash: string | null, password: string): Promise<boolean> {
  const matches = await verify(passwordHash ?? (await nobodysHash), password)
  return passwordHash !== null && matches
}
