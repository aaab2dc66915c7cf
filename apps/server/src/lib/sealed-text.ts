import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'

const nonceBytes = 12
const tagBytes = 16

/** Encrypts secrets for the database. */
export type TextSealer = {
  seal: (text: string) => string
  /** Throws if the text was sealed with another key, or was changed. */
  open: (sealed: string) => string
}

/**
 * Encrypts with AES-256-GCM, with a key that is made of a secret of 256 random bits. The result is base64: nonce, ciphertext, tag.
 */
export function textSealer(secret: string): TextSealer {
  const key = createHash('sha256').update(secret).digest()
  return {
    seal(text) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', key, nonce)
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString('base64')
    },
    open(sealed) {
      const bytes = Buffer.from(sealed, 'base64')
      const nonce = bytes.subarray(0, nonceBytes)
      // Otherwise a text from outside could have a shorter tag, of as few as 32 bits.
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
      decipher.setAuthTag(bytes.subarray(-tagBytes))
      const text = bytes.subarray(nonceBytes, -tagBytes)
      return Buffer.concat([decipher.update(text), decipher.final()]).toString('utf8')
    },
  }
}
