/** The entity tags in a list (RFC 9110, section 8.8.3). A tag may contain a comma. */
const tagsIn = (list: string): readonly string[] => list.match(/(?:W\/)?"[^"]*"/g) ?? []

const withoutWeakness = (tag: string): string => (tag.startsWith('W/') ? tag.slice(2) : tag)

/**
 * Whether the client has what an object's tag stands for, by its If-None-Match: `*`, or a list that contains the tag. Proxies that
 * compress make a tag weak, and for this question a weak one is as good. Pure.
 */
export const isKnownBy = (ifNoneMatch: string | undefined, tag: string): boolean =>
  ifNoneMatch !== undefined &&
  (ifNoneMatch.trim() === '*' || tagsIn(ifNoneMatch).some((one) => withoutWeakness(one) === tag))

/**
 * Whether a Range counts, by the If-Range of its request: parts are joined only to parts of the same object, so the tag must be this
 * one and not weak. A date counts as another object, because none is stated with ours. Pure.
 */
export const isRangeFor = (ifRange: string | undefined, tag: string): boolean =>
  ifRange === undefined || ifRange.trim() === tag
