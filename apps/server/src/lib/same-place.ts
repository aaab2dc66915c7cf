import { realpath } from 'node:fs/promises'

/** Whether two paths lead to the same place, also through links. One that leads nowhere, or where this account may not look, is no place. */
export async function isSamePlace(one: string, other: string): Promise<boolean> {
  const places = await Promise.all([one, other].map((path) => realpath(path).catch(() => null)))
  return places[0] !== null && places[0] === places[1]
}
