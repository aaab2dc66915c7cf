import { randomBytes } from 'node:crypto'

const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** A new ULID: 48 bits of milliseconds, 80 random bits, Crockford base 32, 26 characters. */
export function newId(): string {
  let moment = ''
  for (let rest = Date.now(), at = 0; at < 10; at++, rest = Math.floor(rest / 32))
    moment = digits.charAt(rest % 32) + moment
  // Five bits of each of sixteen bytes: exactly eighty random bits.
  return moment + Array.from(randomBytes(16), (byte) => digits.charAt(byte & 31)).join('')
}
