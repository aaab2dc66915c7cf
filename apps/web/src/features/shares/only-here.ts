/** Whether an address opens only on the machine of the platform, because its host is a loopback name or address. */
export const opensOnlyHere = (url: string): boolean =>
  /^(?:(?:.+\.)?localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(new URL(url).hostname)
