import { randomInt } from 'node:crypto'
import { Secret, TOTP } from 'otpauth'
import { sha256 } from '../../../lib/secrets.ts'

/** The bits that RFC 4226 recommends for a secret, in bytes. */
const secretBytes = 20
/** Codes of the step before and after count too: people type slowly, and clocks differ. */
const window = 1

const totpOf = (secret: string, label = '') =>
  // The one form that every authenticator app knows.
  new TOTP({
    issuer: 'Vitrine',
    label,
    algorithm: 'SHA1',
    digits: 6,
    period: 30,
    secret: Secret.fromBase32(secret),
  })

/** Makes the secret of an authenticator app, in base 32. */
export const newTotpSecret = (): string => new Secret({ size: secretBytes }).base32

/** What the QR code for an authenticator app says. */
export const totpUri = (secret: string, username: string): string => totpOf(secret, username).toString()

/** The code that an authenticator app shows at a time. */
export const totpCode = (secret: string, at: Date): string =>
  totpOf(secret).generate({ timestamp: at.getTime() })

/** A code as its digits, however it was typed: Chinese input methods make them full-width. Null for what is no code. */
function digitsOf(code: string): string | null {
  const digits = code.normalize('NFKC').replaceAll(/\s/g, '')
  return /^[0-9]+$/.test(digits) ? digits : null
}

/** The time step whose code this is; null if it is none of now. Pure. */
export function stepOfCode(secret: string, code: string, now: Date): number | null {
  // otpauth compares bytes, and throws for other characters than ASCII.
  const token = digitsOf(code)
  if (token === null) return null
  const timestamp = now.getTime()
  const totp = totpOf(secret)
  const delta = totp.validate({ token, timestamp, window })
  return delta === null ? null : totp.counter({ timestamp }) + delta
}

const recoveryCount = 10
/** Without letters and digits that look alike. */
const letters = 'abcdefghjkmnpqrstuvwxyz23456789'
const groups = 4
const groupLength = 4

const recoveryCode = () =>
  Array.from({ length: groups }, () =>
    Array.from({ length: groupLength }, () => letters.charAt(randomInt(letters.length))).join(''),
  ).join('-')

/** Makes recovery codes of 79 random bits each, so that their hash alone does not give them away. */
export const newRecoveryCodes = (): string[] => Array.from({ length: recoveryCount }, recoveryCode)

/** The hash under which a recovery code is stored, however it was typed. */
export const recoveryHash = (code: string): string =>
  sha256(code.normalize('NFKC').toLowerCase().replaceAll(/[\s-]/g, ''))
