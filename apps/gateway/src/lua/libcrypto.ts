import * as ffi from 'ffi'
import type { LuaString } from './nginx.ts'

declare const string: LuaString

/** Functions of libcrypto, which nginx itself is linked with (docs.openssl.org/3.5/man3). */
export type LibCrypto = {
  SHA256(this: void, data: string, length: number, digest: ffi.Pointer): ffi.Pointer
  RAND_bytes(this: void, into: ffi.Pointer, length: number): number
  d2i_PUBKEY(this: void, into: undefined, der: ffi.Pointer, length: number): ffi.Pointer | undefined
  EVP_PKEY_free(this: void, key: ffi.Pointer): void
  EVP_MD_CTX_new(this: void): ffi.Pointer
  EVP_MD_CTX_free(this: void, context: ffi.Pointer): void
  EVP_sha256(this: void): ffi.Pointer
  EVP_DigestVerifyInit(
    this: void,
    ...args: [context: ffi.Pointer, into: undefined, digest: ffi.Pointer, engine: undefined, key: ffi.Pointer]
  ): number
  EVP_DigestVerify(
    this: void,
    ...args: [context: ffi.Pointer, signature: string, length: number, data: string, dataLength: number]
  ): number
  ERR_clear_error(this: void): void
}

ffi.cdef(`
unsigned char *SHA256(const unsigned char *data, size_t length, unsigned char *digest);
int RAND_bytes(unsigned char *into, int length);
void *d2i_PUBKEY(void *into, const unsigned char **der, long length);
void EVP_PKEY_free(void *key);
void *EVP_MD_CTX_new(void);
void EVP_MD_CTX_free(void *context);
const void *EVP_sha256(void);
int EVP_DigestVerifyInit(void *context, void *into, const void *digest, void *engine, void *key);
int EVP_DigestVerify(void *context, const unsigned char *signature, size_t length, const unsigned char *data, size_t data_length);
void ERR_clear_error(void);
`)

const { C } = ffi
const mostBytes = 32
const bytes = ffi.new('unsigned char[32]')

/** The first `length` bytes, in hex. */
function hexOf(length: number): string {
  let hex = ''
  for (const one of ffi.string(bytes, length)) hex += string.format('%02x', string.byte(one))
  return hex
}

/** SHA-256 of a text, in hex. */
export function sha256(text: string): string {
  C.SHA256(text, text.length, bytes)
  return hexOf(mostBytes)
}

/** Returns `length` random bytes (32 at most), in hex. */
export function randomHex(length: number): string {
  if (C.RAND_bytes(bytes, length) !== 1) throw new Error('there is no randomness')
  return hexOf(length)
}

// SubjectPublicKeyInfo of a P-256 key (RFC 5480, section 2), up to its two coordinates.
const beforePoint = string.char(
  ...[0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01],
  ...[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04],
)

/**
 * Returns the P-256 public key with these coordinates (32 bytes each); null if they are not a point on the
 * curve.
 */
export function publicKey(x: string, y: string): ffi.Pointer | null {
  const der = `${beforePoint}${x}${y}`
  const key = C.d2i_PUBKEY(undefined, ffi.new('const unsigned char *[1]', [der]), der.length)
  if (key === undefined) return null
  return ffi.gc(key, C.EVP_PKEY_free)
}

/** Encodes a number, given as big-endian bytes, in DER (X.690, section 8.3). */
function derInteger(big: string): string {
  let from = 0
  while (from < big.length - 1 && string.byte(big, from + 1) === 0) from++
  const short = big.slice(from)
  const number = string.byte(short) >= 0x80 ? string.char(0) + short : short
  return string.char(0x02, number.length) + number
}

/** Whether `signature` (64 bytes, as in RFC 7518, section 3.4) is a valid ES256 signature of the text. */
export function isSignedBy(key: ffi.Pointer, text: string, signature: string): boolean {
  if (signature.length !== 64) return false
  const both = derInteger(signature.slice(0, 32)) + derInteger(signature.slice(32))
  const der = string.char(0x30, both.length) + both
  const context = ffi.gc(C.EVP_MD_CTX_new(), C.EVP_MD_CTX_free)
  const isGood =
    C.EVP_DigestVerifyInit(context, undefined, C.EVP_sha256(), undefined, key) === 1 &&
    C.EVP_DigestVerify(context, der, der.length, text, text.length) === 1
  if (!isGood) C.ERR_clear_error()
  return isGood
}
