/** Whether a method is safe: it changes nothing. */
export const isSafeMethod = (method: string): boolean =>
  method === 'GET' || method === 'HEAD' || method === 'OPTIONS'

/**
 * Whether the browser says that the request comes from a page of this origin. Not every browser sends
 * `Sec-Fetch-Site` with a WebSocket upgrade, but all send `Origin`.
 */
export function isSameOrigin(headers: {
  fetchSite: string | undefined
  origin: string | undefined
  host: string | undefined
}): boolean {
  if (headers.fetchSite !== undefined) return headers.fetchSite === 'same-origin'
  const { origin, host } = headers
  return (
    origin !== undefined &&
    host !== undefined &&
    (origin === `http://${host}` || origin === `https://${host}`)
  )
}
