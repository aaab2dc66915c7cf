import * as ffi from 'ffi'
import { get_request } from 'resty.core.base'
import { keyRefusal } from '../njs/admission.ts'
import { changes } from '../njs/shared-state.ts'
import { dropOutdated, isRevoked, keyOfHash, type Credential } from './lookups.ts'
import type { Ngx, ToNumber } from './nginx.ts'

declare const ngx: Ngx
declare const tonumber: ToNumber

// How nginx's own structures begin (ngx_connection.h, ngx_http_request.h). No version and no option of the build has
// changed these fields.
ffi.cdef(`
typedef struct vitrine_connection vitrine_connection;
typedef struct {
  uint32_t signature;
  vitrine_connection *connection;
  void *ctx, *main_conf, *srv_conf, *loc_conf, *read_event_handler, *write_event_handler;
} vitrine_request;
struct vitrine_connection { vitrine_request *data; void *read, *write; int fd; };
int shutdown(int fd, int how);
`)

/** `HTTP`, with which each request begins. */
const signature = 0x50545448
/** How often a worker looks for changes, in seconds. */
const everyS = 0.2

/** The last request on a connection. Addresses are numbers, because a pointer would be an object of its own. */
type Noted = {
  fd: number
  connection: number
  server: number
  credential: Credential | undefined
  serviceId: string
}

/** By the connection's descriptor. */
const noted: Record<number, Noted> = {}
let isAnyNoted = false
/** Whether this worker looks for what is revoked. */
let isLooking = false

const addressOf = (pointer: ffi.Pointer): number => tonumber(ffi.cast('uintptr_t', pointer))

/**
 * Whether a noted request is still in progress. A connection's memory is valid as long as the worker lives. Between
 * two requests `data` is no request; while the next one is being read, it has no handler yet; and a later connection
 * with the same descriptor is to another server, or its request was noted.
 */
function isOpen({ fd, connection: address, server }: Noted): boolean {
  const connection = ffi.cast('vitrine_connection *', address)
  if (connection.fd !== fd) return false
  const r = connection.data
  return (
    r !== undefined &&
    r.signature === signature &&
    addressOf(r.connection) === address &&
    addressOf(r.srv_conf) === server &&
    r.write_event_handler !== undefined
  )
}

function isStillAdmitted(credential: Credential, serviceId: string): boolean {
  if ('session' in credential) return !isRevoked(credential)
  const key = keyOfHash(credential.sha256)
  return key !== null && keyRefusal(key, serviceId) === null
}

const isOpenWithCredential = (request: Noted): boolean => request.credential !== undefined && isOpen(request)

let seen = ''

/**
 * Ends the requests whose credential is not valid any more, if anything has changed. nginx then takes their clients
 * for gone.
 */
function endRevoked(): void {
  // Whoever asks first fills the dictionary of a new nginx, and that must not be all workers at once.
  if (!isAnyNoted) return
  const now = changes()
  if (now === seen) return
  seen = now
  dropOutdated()
  for (const request of Object.values(noted)) {
    const { credential, serviceId, fd } = request
    if (credential === undefined || isStillAdmitted(credential, serviceId)) continue
    if (isOpen(request)) ffi.C.shutdown(fd, 2)
  }
}

/** Ends what is revoked until no request with a credential is open any more. */
function endTheLast(): void {
  endRevoked()
  while (Object.values(noted).some(isOpenWithCredential)) {
    ngx.sleep(everyS)
    endRevoked()
  }
  isLooking = false
}

/** For a request that a replaced worker gets after its last one, because its head arrived slowly. */
function lookAtOnce(): void {
  if (ngx.timer.at(0, () => endTheLast()) === undefined) throw new Error('there are too many timers')
  isLooking = true
}

/**
 * Notes what the current request was let in by; undefined if nothing. It replaces the request before it on the same
 * connection, so the end of a request costs nothing.
 */
export function noteRequest(credential: Credential | undefined, serviceId: string): void {
  const { connection, srv_conf } = ffi.cast('vitrine_request *', get_request())
  const { fd } = connection
  const known = noted[fd]
  if (known !== undefined) {
    known.connection = addressOf(connection)
    known.server = addressOf(srv_conf)
    known.credential = credential
    known.serviceId = serviceId
  } else if (credential !== undefined) {
    const [at, server] = [addressOf(connection), addressOf(srv_conf)]
    noted[fd] = { fd, connection: at, server, credential, serviceId }
    isAnyNoted = true
  }
  if (!isLooking && credential !== undefined) lookAtOnce()
}

/**
 * Keeps ending what revoked credentials have open in this worker. A worker that a reload has replaced has no timers
 * at intervals, but may have streams for days, so it sleeps in between and ends with the last of them.
 */
export function endWhatIsRevoked(): void {
  const timer = ngx.timer.every(everyS, (isEnding) => {
    if (isEnding) endTheLast()
    else endRevoked()
  })
  if (timer === undefined) throw new Error('there are too many timers')
  isLooking = true
}
