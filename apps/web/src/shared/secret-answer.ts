/**
 * Options of a mutation whose answer is a secret: the cache forgets it as soon as the page does, not minutes later as it does with
 * other answers.
 */
export const secretAnswer = { gcTime: 0 } as const
