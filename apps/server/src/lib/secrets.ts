import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** 32 random bytes in base64url: for tokens that are looked up, not remembered. */
export const randomSecret = (): string => randomBytes(32).toString('base64url')

/** SHA-256 in hexadecimal: enough for secrets of 256 random bits, and fast enough for every request. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Compares two hashes of equal length in constant time. */
export const sameHash = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
