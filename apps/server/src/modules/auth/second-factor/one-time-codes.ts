import { randomInt } from 'node:crypto'
import { Secret, TOTP } from 'otpauth'
import { sha256 } from '../../../lib/secrets.ts'

/** The length of a secret that RFC 4226 recommends, in bytes. */
const secretBytes = 20
/**
 * Codes of this many time steps before and after the current one are accepted too, because people type slowly and
 * clocks differ.
 */
const window = 1

const totpOf = (secret: string, label = '') =>
  // Every authenticator app supports this form.
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

/** The URI in the QR code for an authenticator app. */
export const totpUri = (secret: string, username: string): string => totpOf(secret, username).toString()

/** The code that an authenticator app shows at a time. */
export const totpCode = (secret: string, at: Date): string =>
  totpOf(secret).generate({ timestamp: at.getTime() })

/** The ASCII digits of a code, because Chinese input methods type full-width digits. Null if the text is not a code. */
function digitsOf(code: string): string | null {
  const digits = code.normalize('NFKC').replaceAll(/\s/g, '')
  return /^[0-9]+$/.test(digits) ? digits : null
}

/** The time step to which a code belongs. Null if it is not a code of the accepted steps. Pure. */
export function stepOfCode(secret: string, code: string, now: Date): number | null {
  // otpauth compares bytes and throws for characters other than ASCII.
  const token = digitsOf(code)
  if (token === null) return null
  const timestamp = now.getTime()
  const totp = totpOf(secret)
  const delta = totp.validate({ token, timestamp, window })
  return delta === null ? null : totp.counter({ timestamp }) + delta
}

const recoveryCount = 10
/** The characters of recovery codes, without letters and digits that look alike. */
const letters = 'abcdefghjkmnpqrstuvwxyz23456789'
const groups = 4
const groupLength = 4

const recoveryCode = () =>
  Array.from({ length: groups }, () =>
    Array.from({ length: groupLength }, () => letters.charAt(randomInt(letters.length))).join(''),
  ).join('-')

/** Makes recovery codes with 79 random bits each, so that nobody can guess a code from its hash. */
export const newRecoveryCodes = (): string[] => Array.from({ length: recoveryCount }, recoveryCode)

/** The hash under which a recovery code is stored. It does not depend on how the code was typed. */
export const recoveryHash = (code: string): string =>
  sha256(code.normalize('NFKC').toLowerCase().replaceAll(/[\s-]/g, ''))
