import type { SignedIn } from '@vitrine/contract'
import { networkError } from './errors.ts'

/** Root of the HTTP API. */
export const apiRoot = '/api/v1'

/** Headers of every request to the API. `anonymous` leaves out the access token. */
export const apiHeaders = (anonymous = false): Record<string, string> => ({
  Accept: 'application/json',
  'Accept-Language': document.documentElement.lang || 'zh-CN',
  ...(accessToken !== null && !anonymous && { Authorization: `Bearer ${accessToken}` }),
})

// In memory only, so that an injected script finds no token in storage.
let accessToken: string | null = null
let refreshing: Promise<SignedIn | null> | null = null
let whenEnded: () => void = () => undefined

/** Stores the access token of a sign-in, or removes it. */
export const setAccessToken = (token: string | null): void => {
  accessToken = token
}

/** Whether there is an access token. A 401 then means that it has expired. */
export const hasAccessToken = (): boolean => accessToken !== null

/** Sets the callback for when an open session can no longer be refreshed. */
export const onSessionEnded = (callback: () => void): void => {
  whenEnded = callback
}

/**
 * Gets a new access token with the refresh cookie. Simultaneous calls share one request. Null if there is no
 * session.
 * @throws ApiError `network` if the server is unreachable or starting; the session may still be valid.
 */
export const refreshAccess = (): Promise<SignedIn | null> => {
  refreshing ??= requestRefresh().finally(() => {
    refreshing = null
  })
  return refreshing
}

const unanswered = (error: unknown) => {
  throw networkError(error)
}

const requestRefresh = async (): Promise<SignedIn | null> => {
  const { Authorization: _, ...headers } = apiHeaders()
  const response = await fetch(`${apiRoot}/auth/refresh`, {
    method: 'POST',
    headers,
    credentials: 'same-origin',
  }).catch(unanswered)
  if (response.ok) {
    const signedIn: SignedIn = await response.json().catch(unanswered)
    accessToken = signedIn.access_token
    return signedIn
  }
  // A server that is starting says nothing about the session.
  if (response.status >= 500 || response.status === 429)
    throw networkError(`refresh answered ${response.status}`)
  const wasOpen = accessToken !== null
  accessToken = null
  if (wasOpen) whenEnded()
  return null
}
