/** Methods that change nothing. */
export const isSafeMethod = (method: string): boolean =>
  method === 'GET' || method === 'HEAD' || method === 'OPTIONS'

/**
 * Whether a browser says that the request comes from a page of this very origin. An upgrade has no
 * `Sec-Fetch-Site` in every browser, but always an `Origin`.
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
