/** The address to open after sign-in, if one was asked for. Only a path of this application, never another host. */
export const safeReturn = (wanted: unknown): string | null => {
  if (typeof wanted !== 'string' || !wanted.startsWith('/')) return null
  // Browsers read `//host`, `/\host` and control characters as the address of another host.
  const resolved = new URL(wanted, 'http://vitrine.invalid')
  return resolved.host === 'vitrine.invalid' ? resolved.pathname + resolved.search + resolved.hash : null
}
