/**
 * The path with encoded dots and slashes decoded. The hex digits may be in either case. nginx also decodes before it
 * reads a path.
 */
const decoded = (path: string): string => path.toLowerCase().split('%2e').join('.').split('%2f').join('/')

/**
 * Whether the path of a request target has a segment `.` or `..`, also an encoded one. Servers read such a path in
 * different ways: nginx resolves it before it looks for the service, and others do so later or not at all.
 */
export function hasDotSegments(target: string): boolean {
  const path = target.split('?')[0] ?? ''
  // Hardly any path has one of these.
  if (!path.includes('/.') && !path.includes('%2')) return false
  const segments = decoded(path.split('#')[0] ?? '').split('/')
  return segments.includes('.') || segments.includes('..')
}
