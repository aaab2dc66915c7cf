/** How git clones an algorithm's repository at an origin with a token, which git keeps in the settings of the clone. Pure. */
export function cloneCommandWith(token: string, { id, origin }: { id: string; origin: string }): string {
  return `git clone ${origin.replace('://', `://git:${token}@`)}/git/${id}.git`
}
