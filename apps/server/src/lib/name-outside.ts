import { shortDigest } from './short-digest.ts'

/** The longest label of Kubernetes, and the longest part of a name that every engine takes. */
const longest = 63
/** How much of an id stays readable where it does not fit. With its digest, this is as long as a name may be. */
const readable = 50
const fits = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/

/**
 * Returns the id of a service or an instance as a name that Kubernetes and registries take: they refuse one that is longer
 * than 63 characters or ends with a hyphen, and ids may be and do both. Almost all ids are returned as they are. The others
 * get a digest after a dot, which no id contains, so that no two ids have the same name, and it is the same at every call. Pure.
 */
export function nameOutside(id: string): string {
  if (id.length <= longest && fits.test(id)) return id
  return `${id.slice(0, readable).replace(/(?<!-)-+$/, '')}.${shortDigest(id)}`
}
