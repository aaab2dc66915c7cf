import type { SignedIn } from '@vitrine/contract'
import { networkError } from './errors.ts'

/** Root of the HTTP API. */
export const apiRoot = '/api/v1'

/** Headers that every request to the API carries; `anonymous` ones do not say who is asking. */
export const apiHeaders = (anonymous = false): Record<string, string> => ({
  Accept: 'application/json',
  'Accept-Language': document.documentElement.lang || 'zh-CN',
  ...(accessToken !== null && !anonymous && { Authorization: `Bearer ${accessToken}` }),
})

// In memory only: a script that finds its way into the page finds nothing in storage.
let accessToken: string | null = null
let refreshing: Promise<SignedIn | null> | null = null
let whenEnded: () => void = () => undefined

/** Keeps the access token of a sign-in, or forgets it. */
export const setAccessToken = (token: string | null): void => {
  accessToken = token
}

/** Whether a token is held, so that a 401 means that it has run out. */
export const hasAccessToken = (): boolean => accessToken !== null

/** Called when a session that was open cannot be refreshed any more. */
export const onSessionEnded = (callback: () => void): void => {
  whenEnded = callback
}

/**
 * A new access token by the refresh cookie. All who ask at the same time share one request.
 * Answers null when there is no session (any more).
 * @throws ApiError `network` when the server is away or starting; the session may still be good.
 */
export const refreshAccess = (): Promise<SignedIn | null> => {
  refreshing ??= requestRefresh().finally(() => {
    refreshing = null
  })
  return refreshing
}

const requestRefresh = async (): Promise<SignedIn | null> => {
  const { Authorization: _, ...headers } = apiHeaders()
  const response = await fetch(`${apiRoot}/auth/refresh`, {
    method: 'POST',
    headers,
    credentials: 'same-origin',
  }).catch((error: unknown) => {
    throw networkError(error)
  })
  if (response.ok) {
    const signedIn: SignedIn = await response.json()
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
