const secretBytes = 32

/** 256 random bits in base64url. */
const newSecret = (): string =>
  btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(secretBytes))))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '')

/**
 * The token with which the page of a link asks the server. Browsers keep no cookie of a page in a frame of another site, so
 * such a page makes a secret that tells its visitor from others, and adds it to the token. It lasts as long as the page.
 */
export const visitorToken = (token: string, embedded: boolean): string =>
  embedded ? `${token}~${newSecret()}` : token
