import type { ErrorBody, ErrorCode, ErrorStatuses, Json } from '@vitrine/contract'
import { bearerToken } from '@vitrine/contract/bearer-token'
import { filledIn, sharedSentences } from '@vitrine/contract/error-sentences'
import { shownPartOfKey } from '@vitrine/contract/gateway-names'
import { apiKeyScopeWords } from '@vitrine/contract/scope-words'

/** Why the gateway answers a request itself instead of passing it on. */
export type Refusal = {
  readonly code: string
  readonly status: number
  readonly zh: string
  readonly en: string
  /** Seconds for the header `Retry-After`. */
  readonly retryAfterS?: number
  readonly details?: Record<string, Json>
}

/**
 * A code with the status that the contract gives it. The table of all codes is not imported, because njs
 * would load it at every refusal.
 */
type CodeAndStatus = {
  [Code in ErrorCode]: { readonly code: Code; readonly status: ErrorStatuses[Code] }
}[ErrorCode]

/** What a caller of a service needs. */
const toRun = { permission: 'runs.create' } as const

/** The gateway's own errors. Codes are stable, because programs rely on them. */
export const refusals = {
  badRequest: { code: 'gateway.bad_request', status: 400, zh: '请求格式不正确', en: 'Malformed request' },
  signInRequired: {
    code: 'auth.required',
    status: 401,
    ...sharedSentences['auth.required'],
  },
  tokenInvalid: {
    code: 'auth.invalid_credential',
    status: 401,
    ...sharedSentences['auth.invalid_credential'],
  },
  notPermitted: {
    code: 'auth.not_permitted',
    status: 403,
    zh: filledIn(sharedSentences['auth.not_permitted'].zh, toRun),
    en: filledIn(sharedSentences['auth.not_permitted'].en, toRun),
    details: toRun,
  },
  scopeMissing: {
    code: 'auth.scope_missing',
    status: 403,
    zh: filledIn(sharedSentences['auth.scope_missing'].zh, { scope: apiKeyScopeWords.zh.run }),
    en: filledIn(sharedSentences['auth.scope_missing'].en, { scope: apiKeyScopeWords.en.run }),
    details: { permission: toRun.permission, scope: 'run' },
  },
  serviceNotAllowed: {
    code: 'auth.service_not_allowed',
    status: 403,
    ...sharedSentences['auth.service_not_allowed'],
  },
  crossSite: {
    code: 'auth.cross_site',
    status: 403,
    ...sharedSentences['auth.cross_site'],
  },
  unknownService: {
    code: 'service.not_found',
    status: 404,
    ...sharedSentences['service.not_found'],
  },
  methodRefused: {
    code: 'gateway.method_refused',
    status: 405,
    zh: '不支持这种请求方法',
    en: 'This request method is not supported',
  },
  bodyStalled: {
    code: 'gateway.body_stalled',
    status: 408,
    zh: '请求体未在规定时间内传完',
    en: 'The request body was not received completely in time',
  },
  hostRefused: {
    code: 'gateway.host_refused',
    status: 421,
    zh: '平台不以这个主机名提供服务：请使用平台自己的地址，或由管理员把 VITRINE_PUBLIC_URL 设为大家使用的地址',
    en: 'The platform does not answer to this host name: use its own address, or have the administrator set VITRINE_PUBLIC_URL to the address that people use',
  },
  bodyTooLarge: {
    code: 'gateway.body_too_large',
    status: 413,
    zh: '请求体超过了该服务的上限',
    en: 'The request body is over this service’s limit',
  },
  headersTooLarge: {
    code: 'gateway.headers_too_large',
    status: 431,
    zh: '请求头过大',
    en: 'The request headers are too large',
  },
  tooManyConnections: {
    code: 'gateway.too_many_connections',
    status: 429,
    zh: '你的地址同时打开的连接过多，请关闭一些后再试；多人共用一个地址时，管理员可以调大 VITRINE_CONNECTIONS_PER_CLIENT',
    en: 'Your address has too many connections open: close some and try again; if many people share one address, the administrator can raise VITRINE_CONNECTIONS_PER_CLIENT',
  },
  tooManyRequests: {
    code: 'gateway.too_many_requests',
    status: 429,
    zh: '请求过于频繁，请稍后再试',
    en: 'Too many requests, try again later',
  },
  keyTooManyRequests: {
    code: 'api_key.too_many_requests',
    status: 429,
    ...sharedSentences['api_key.too_many_requests'],
  },
  transferCodingRefused: {
    code: 'gateway.transfer_coding_refused',
    status: 501,
    zh: '不支持这种传输编码',
    en: 'This transfer coding is not supported',
  },
  upgradeRefused: {
    code: 'gateway.upgrade_refused',
    status: 501,
    zh: '只支持升级到 WebSocket',
    en: 'Only an upgrade to WebSocket is supported',
  },
  upstreamUnreachable: {
    code: 'gateway.upstream_unreachable',
    status: 502,
    // Whatever was sent before may be sent again: only such a request is tried at other processes.
    zh: '服务没有接受连接的进程：它可能刚刚退出、正由平台重新启动，也可能还没有开始监听。请稍后重发这个请求',
    en: 'No process of the service accepts connections: it may have just ended, and is being started again, or does not listen yet. Send the request again in a moment',
  },
  upstreamBroken: {
    code: 'gateway.upstream_broken',
    status: 502,
    // The gateway cannot know whether the process has ended: its calls are shown with that later.
    zh: '服务在完成响应前断开了连接，它的进程可能已经结束。这个请求可能已经执行了一部分：只有重复执行也无妨时，才请再发一次',
    en: 'The service closed the connection before its response was complete; its process may have ended. Part of the request may have been carried out: send it again only if it may be carried out twice',
  },
  stopped: {
    code: 'service.stopped',
    status: 503,
    ...sharedSentences['service.stopped'],
  },
  serviceFailed: {
    code: 'service.failed',
    status: 503,
    zh: '服务已失败，平台不再自动重试，须由服务的所有者重新启动',
    en: 'The service has failed and is not tried again by itself: its owner must start it again',
  },
  notDeployed: {
    code: 'service.not_deployed',
    status: 503,
    zh: '有这个服务，但它还没有可用的版本：须先部署成功',
    en: 'This service exists, but no release of it works yet: it must be deployed successfully first',
  },
  starting: {
    code: 'service.starting',
    status: 503,
    ...sharedSentences['service.starting'],
    retryAfterS: 2,
  },
  asleep: {
    code: 'service.asleep',
    status: 503,
    zh: '服务处于休眠状态，现在无法唤醒，请稍后再试',
    en: 'The service is asleep and cannot be woken now; try again later',
    retryAfterS: 5,
  },
  controlUnavailable: {
    code: 'gateway.control_away',
    status: 503,
    zh: '平台正在启动或重启，请稍候',
    en: 'The platform is starting or restarting; wait a moment',
    retryAfterS: 2,
  },
  failed: { code: 'gateway.failed', status: 500, zh: '网关内部错误', en: 'Internal error of the gateway' },
  timeout: {
    code: 'gateway.timeout',
    status: 504,
    zh: '服务没有在规定时间内响应',
    en: 'The service did not respond in time',
  },
} as const satisfies Record<string, Refusal & CodeAndStatus>

/**
 * The refusal of a request with an API key that has used up its rate limit. The caller must wait for `retryAfterS`
 * seconds.
 */
export function keyTooBusy(authorization: string | undefined, retryAfterS: number): Refusal {
  const details = {
    prefix: shownPartOfKey(bearerToken(authorization) ?? ''),
    retry_after_s: retryAfterS,
  }
  const { zh, en, ...reason } = refusals.keyTooManyRequests
  return { ...reason, zh: filledIn(zh, details), en: filledIn(en, details), retryAfterS, details }
}

/** Returns the error body as JSON text. */
export function refusalBody(refusal: Refusal, language: 'zh' | 'en', requestId: string): string {
  const body: ErrorBody = {
    error: {
      code: refusal.code,
      message: refusal[language],
      details: refusal.details ?? {},
      request_id: requestId,
    },
  }
  return JSON.stringify(body)
}

/** Returns the headers of a refusal as a flat list of names and values. */
export function refusalHeaders(
  refusal: Refusal,
  contentType: string,
  body: string,
  requestId: string,
): string[] {
  const headers = [
    'Content-Type',
    contentType,
    'Content-Length',
    String(Buffer.byteLength(body)),
    'Cache-Control',
    'no-store',
    'X-Request-Id',
    requestId,
  ]
  if (refusal.retryAfterS !== undefined) headers.push('Retry-After', String(refusal.retryAfterS))
  if (refusal.status === 401) headers.push('WWW-Authenticate', 'Bearer')
  return headers
}

/**
 * The page for a browser while the control plane is not reachable. It reloads by itself until the real page
 * is there.
 */
export const startingPage = `<!doctype html><html lang="zh"><head><meta charset="utf-8"><meta http-equiv="refresh" content="2">
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>Vitrine</title>
<style>body{display:grid;place-content:center;min-height:95vh;font:16px/1.6 system-ui;text-align:center}p{margin:0}</style></head>
<body><p>${refusals.controlUnavailable.zh}…</p><p lang="en">The platform is starting or restarting. This page opens by itself.</p></body></html>`
