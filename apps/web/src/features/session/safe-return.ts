/** The address to go to after signing in: only a path of this application, never another host's. */
export const safeReturn = (wanted: unknown): string => {
  if (typeof wanted !== 'string' || !wanted.startsWith('/')) return '/'
  // `//host`, `/\host` and control characters are read by browsers as another host's address.
  const resolved = new URL(wanted, 'http://vitrine.invalid')
  return resolved.host === 'vitrine.invalid' ? resolved.pathname + resolved.search + resolved.hash : '/'
}
