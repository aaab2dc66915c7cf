import type { Pointer } from 'ffi'
import type { GateKey, GateRoute } from '@vitrine/contract'
import type * as njs from '../njs/lookups.ts'
import { mayRunAt } from '../may-run-at.ts'
import { checkLogin, isAmong } from '../njs/revoked.ts'
import { loginIn, readToken, type Login } from '../njs/token.ts'
import * as table from '../njs/shared-state.ts'
import { decodeBase64url } from './host.ts'
import { isSignedBy, publicKey, sha256 } from './libcrypto.ts'
import { createCache } from './cache.ts'

const routes = createCache<GateRoute>()
const keys = createCache<GateKey>()
const keysByHash = createCache<GateKey>()
const groups = createCache<readonly string[]>()
const tokens = createCache<Login>()
let seenChanges = ''
let closesUntil = 0
let revoked = table.noneRevoked
/** The credential of an admitted caller: a login or an API key. */
export type Credential = Login | GateKey
/** The valid credential of the current request. Undefined if its service needs none. */
export const current: { credential: Credential | undefined } = { credential: undefined }

let signer: { jwt: ReturnType<typeof table.sharedSettings>['jwt']; key: Pointer | null } | null = null

/** Forgets what may be out of date. It must be called first for each request. */
export function dropOutdated(): void {
  const changes = table.changes()
  if (changes === seenChanges) return
  seenChanges = changes
  routes.clear()
  keys.clear()
  keysByHash.clear()
  groups.clear()
  closesUntil = table.closesUntil()
  revoked = table.revoked()
  const { jwt } = table.sharedSettings()
  const { x, y } = jwt.public_key
  if (signer?.jwt.issuer === jwt.issuer && signer.jwt.public_key.x === x && signer.jwt.public_key.y === y)
    return
  tokens.clear()
  const point = [decodeBase64url(x) ?? '', decodeBase64url(y) ?? '']
  signer = { jwt, key: publicKey(point[0] ?? '', point[1] ?? '') }
}

export const isClosing: typeof njs.isClosing = () => closesUntil > Date.now()

export const routeOf: typeof njs.routeOf = (serviceId) => {
  const known = routes.get(serviceId)
  if (known !== undefined) return known
  const route = table.routeOf(serviceId)
  return route && routes.set(serviceId, route)
}

/** The key with this SHA-256 (hex), or null. */
export function keyOfHash(hash: string): GateKey | null {
  const known = keysByHash.get(hash)
  if (known !== undefined) return known
  const key = table.keyOfSha256(hash)
  return key && keysByHash.set(hash, key)
}

export const keyOf: typeof njs.keyOf = (secret) => {
  let key: GateKey | null | undefined = keys.get(secret)
  if (key === undefined) {
    key = keyOfHash(sha256(secret))
    if (key === null) return null
    keys.set(secret, key)
  }
  current.credential = key
  return key
}

const groupsOf = (caller: string): readonly string[] =>
  groups.get(caller) ?? groups.set(caller, table.groupsOf(caller))

export const callerOf: typeof njs.callerOf = (token, group) => {
  const now = Date.now()
  const known = tokens.get(token) ?? verify(token, now)
  if (known === null || known.expiresMs <= now) return { refusal: 'auth.invalid_credential' }
  const checked = checkLogin(known, mayRunAt(known, group, groupsOf), revoked, now)
  if ('caller' in checked) current.credential = known
  return checked
}

/**
 * Whether a login that was admitted to a service still is. Open requests may outlive their token, so logins with expired tokens are
 * looked up too.
 */
export const isStillIn = (login: Login, serviceId: string): boolean =>
  !isAmong(revoked, login, 0) && mayRunAt(login, routeOf(serviceId)?.group, groupsOf)

/** Verifies a login token synchronously. This takes a tenth of a millisecond. */
function verify(token: string, now: number): Login | null {
  const read = readToken(token)
  if (read === null || signer === null || signer.key === null) return null
  const signature = decodeBase64url(read.signature)
  if (signature === null || !isSignedBy(signer.key, read.signed, signature)) return null
  const found = loginIn(read.claims, signer.jwt, now)
  return found && tokens.set(token, found)
}
