import { sha256 } from './secrets.ts'

/** A short name for a text that hardly any other has: twelve hexadecimal digits of its SHA-256. Pure. */
export const shortDigest = (text: string): string => sha256(text).slice(0, 12)
