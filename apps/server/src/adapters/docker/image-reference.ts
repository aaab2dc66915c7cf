/** The name without its tag, and the tag. A colon before the last slash is that of a port. Pure. */
export function partsOfName(name: string): { repo: string; tag: string } {
  const colon = name.lastIndexOf(':')
  return colon > name.lastIndexOf('/')
    ? { repo: name.slice(0, colon), tag: name.slice(colon + 1) }
    : { repo: name, tag: 'latest' }
}

/** The registry in the name of an image, such as `registry.example:5000`. Pure. */
export const registryOf = (name: string): string => name.split('/')[0] ?? ''
