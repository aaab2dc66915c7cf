/** The registry that is meant where a name states none. */
const usualRegistry = 'docker.io'

/** The whole name of a repository, as Docker understands it: `python` is `docker.io/library/python`. */
function wholeName(name: string): string {
  const [first = '', ...others] = name.toLowerCase().split('/')
  const isRegistry = others.length > 0 && (/[.:]/.test(first) || first === 'localhost')
  const [registry, path] = isRegistry
    ? [first.replace(/^index\.docker\.io$/, usualRegistry), others]
    : [usualRegistry, [first, ...others]]
  const isOfficial = registry === usualRegistry && path.length === 1 && path[0] !== '*'
  return [registry, ...(isOfficial ? ['library'] : []), ...path].join('/')
}

/** The name of an image without its tag and digest. */
const repositoryOf = (image: string): string => (image.split('@', 1)[0] ?? '').replace(/:[^/:]*$/, '')

/**
 * Whether an image is one of those that packages may name: in one of these repositories, or somewhere below one that ends with `/*`. Docker
 * takes an image of the machine before one of a registry, and nothing tells where that came from, so its name alone decides. Pure.
 */
export function isAllowedImage(image: string, allowed: readonly string[]): boolean {
  const name = wholeName(repositoryOf(image))
  return allowed
    .map(wholeName)
    .some((one) => (one.endsWith('/*') ? name.startsWith(one.slice(0, -1)) : name === one))
}
