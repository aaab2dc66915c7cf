import * as ffi from 'ffi'
import { get_request } from 'resty.core.base'
import { keyRefusal } from '../njs/admission.ts'
import { changes } from '../njs/shared-state.ts'
import { dropOutdated, isStillIn, keyOfHash, type Credential } from './lookups.ts'
import type { Ngx, ToNumber } from './nginx.ts'

declare const ngx: Ngx
declare const tonumber: ToNumber

// The first fields of nginx's own structures (ngx_connection.h, ngx_http_request.h). They are the same in all versions
// and with all build options.
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

/** `HTTP`: the signature in the first bytes of each request structure. */
const signature = 0x50545448
/** How often a worker looks for changes, in seconds. */
const everyS = 0.2

/** The last request on a connection. Addresses are stored as numbers, because a pointer would need its own object. */
type Noted = {
  fd: number
  connection: number
  server: number
  credential: Credential | undefined
  serviceId: string
}

/** The noted requests, by the descriptor of their connection. */
const noted: Record<number, Noted> = {}
let isAnyNoted = false
/** Whether this worker looks for revoked credentials. */
let isLooking = false

const addressOf = (pointer: ffi.Pointer): number => tonumber(ffi.cast('uintptr_t', pointer))

/**
 * Whether a noted request is still in progress. A connection's memory is valid as long as the worker lives. Between two
 * requests, `data` is not a request. While the next request is being read, it has no handler yet. A later connection
 * with the same descriptor belongs to another server, or its request was noted too.
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
  if ('session' in credential) return isStillIn(credential, serviceId)
  const key = keyOfHash(credential.sha256)
  return key !== null && keyRefusal(key, serviceId) === null
}

const isOpenWithCredential = (request: Noted): boolean => request.credential !== undefined && isOpen(request)

let seen = ''

/**
 * Ends the requests whose credential is not valid any more, if anything has changed. nginx then behaves as if their
 * clients had disconnected.
 */
function endRevoked(): void {
  // The first worker that asks fills the dictionary of a new nginx. This return prevents all workers from doing so at
  // the same time.
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

/** Keeps ending requests with revoked credentials until no request with a credential is open any more. */
function endTheLast(): void {
  endRevoked()
  while (Object.values(noted).some(isOpenWithCredential)) {
    ngx.sleep(everyS)
    endRevoked()
  }
  isLooking = false
}

/**
 * Starts looking for revoked credentials again. A replaced worker needs this if it gets a late request, whose head
 * arrived slowly.
 */
function lookAtOnce(): void {
  if (ngx.timer.at(0, () => endTheLast()) === undefined) throw new Error('there are too many timers')
  isLooking = true
}

/**
 * Records the credential with which the current request was admitted, or undefined if there was none. This replaces the
 * previous request on the same connection, so nothing has to be done when a request ends.
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
 * Keeps ending the open requests of revoked credentials in this worker. A worker that a reload has replaced gets no
 * interval timers but may have open streams for days. So it sleeps between its checks, and stops after the last of
 * these streams.
 */
export function endWhatIsRevoked(): void {
  const timer = ngx.timer.every(everyS, (isEnding) => {
    if (isEnding) endTheLast()
    else endRevoked()
  })
  if (timer === undefined) throw new Error('there are too many timers')
  isLooking = true
}
