import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** Returns 32 random bytes as base64url, for tokens that people copy but need not remember. */
export const randomSecret = (): string => randomBytes(32).toString('base64url')

/**
 * SHA-256 in hexadecimal. It is safe enough for secrets of 256 random bits, and fast enough for every
 * request.
 */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Compares two hashes of equal length in constant time. */
export const sameHash = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
