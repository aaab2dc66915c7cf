const prefix = 'env.'

/** The key of a variable of services. */
export const keyOfVariable = (name: string): string => `${prefix}${name}`

/** The variable that a key sets. Null for a key that sets none. */
export const variableOfKey = (key: string): string | null =>
  key.startsWith(prefix) ? key.slice(prefix.length) : null

/** Whether any of the keys sets a variable, so that instances must be told. */
export const someVariable = (keys: readonly { key: string }[]): boolean =>
  keys.some(({ key }) => variableOfKey(key) !== null)
