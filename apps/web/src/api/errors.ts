import type { ErrorCode, Json } from '@vitrine/contract'

/**
 * A request that failed. `code` is the server's stable code, `network` if no answer came, or `unreadable` if
 * the answer did not have the form of the API. `requestId` finds the request in the server's log.
 */
export class ApiError extends Error {
  readonly code: string
  readonly details: Record<string, Json>
  readonly requestId: string | null
  readonly status: number
  /** Seconds until the request may be tried again, if the server says so. */
  readonly retryAfterS: number | null

  constructor(input: {
    code: string
    message: string
    details?: Record<string, Json>
    requestId?: string | null
    status: number
    retryAfterS?: number | null
  }) {
    super(input.message)
    this.name = 'ApiError'
    this.code = input.code
    this.details = input.details ?? {}
    this.requestId = input.requestId ?? null
    this.status = input.status
    this.retryAfterS = input.retryAfterS ?? null
  }
}

const isRecord = (value: unknown): value is Record<string, Json> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const textOr = (value: unknown, otherwise: string): string => (typeof value === 'string' ? value : otherwise)

/** Makes an error from an answer. It uses the API's error form if the body has it, else the status. */
export const errorFromAnswer = (
  status: number,
  body: string,
  header: (name: string) => string | null,
): ApiError => {
  const retryAfter = Number(header('retry-after') ?? Number.NaN)
  const common = {
    status,
    requestId: header('x-request-id'),
    retryAfterS: Number.isFinite(retryAfter) ? retryAfter : null,
  }
  const error = readError(body)
  if (error === null) return new ApiError({ ...common, code: 'unreadable', message: `HTTP ${status}` })
  return new ApiError({
    ...common,
    code: textOr(error.code, 'unreadable'),
    message: textOr(error.message, `HTTP ${status}`),
    details: isRecord(error.details) ? error.details : {},
    requestId: textOr(error.request_id, common.requestId ?? '') || null,
  })
}

const readError = (body: string): Record<string, Json> | null => {
  const parsed = parseJson(body)
  if (!isRecord(parsed)) return null
  return isRecord(parsed.error) ? parsed.error : null
}

// A proxy may answer in HTML. Then only the status is known.
const parseJson = (body: string): unknown => {
  try {
    return JSON.parse(body)
  } catch {
    return null
  }
}

/** Whether the server answered with this error code. */
export const isRefusal = (error: unknown, code: ErrorCode): error is ApiError =>
  error instanceof ApiError && error.code === code

/** Whether the requested thing does not exist: its id is unknown, or is not a valid id. */
export const isMissing = (error: unknown): boolean =>
  error instanceof ApiError && (error.status === 404 || error.status === 422)

/** Whether the server could not be asked, e.g. without a network or while it starts. */
export const isUnreachable = (error: unknown): boolean =>
  error instanceof ApiError && [0, 502, 503, 504].includes(error.status)

/** The error of a request that got no answer. */
export const networkError = (cause: unknown): ApiError => {
  const error = new ApiError({ code: 'network', message: 'no answer', status: 0 })
  error.cause = cause
  return error
}
