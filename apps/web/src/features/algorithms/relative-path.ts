/** Where a relative address in a file of `folder` leads in the repository. Null if it leads elsewhere. Pure. */
export const pathFrom = (folder: string, address: string): string | null => {
  if (/^(?:[a-z][a-z0-9+.-]*:|\/\/|#)/i.test(address)) return null
  const [path = ''] = address.split(/[?#]/)
  const parts = path.startsWith('/') ? [] : folder.split('/').filter((part) => part !== '')
  for (const part of path.split('/')) {
    if (part === '..') {
      if (parts.pop() === undefined) return null
    } else if (part !== '' && part !== '.') parts.push(part)
  }
  try {
    return decodeURIComponent(parts.join('/'))
  } catch {
    return null
  }
}
