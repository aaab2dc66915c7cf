const prefix = 'env.'

/** The key of a variable of services. */
export const keyOfVariable = (name: string): string => `${prefix}${name}`

/** The variable that a key sets; null for every other key. */
export const variableOfKey = (key: string): string | null =>
  key.startsWith(prefix) ? key.slice(prefix.length) : null

/** Whether any of some keys sets a variable, which instances have to be told of. */
export const someVariable = (keys: readonly { key: string }[]): boolean =>
  keys.some(({ key }) => variableOfKey(key) !== null)
