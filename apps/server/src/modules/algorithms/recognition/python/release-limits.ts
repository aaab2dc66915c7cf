import { limitsOf, newestReleaseIn, type ReleaseLimit } from '../../../requirements/python-releases.ts'
import { nameIn, readRequirements, type Files } from './requirements.ts'

/** A line that keeps a package from newer Pythons. */
export type LimitingLine = ReleaseLimit & { path: string; line?: number; text: string; name: string }

/** The lines of what a plan installs that keep it from newer Pythons, those that say most first. */
export async function limitingLines(
  files: Files,
  folder: string,
  requirements: string | null | undefined,
): Promise<LimitingLine[]> {
  const { list, pins, lock, from } = await readRequirements(files, folder, requirements ?? undefined)
  const listed = (list?.packages ?? []).map(({ name, path, line, text }) => ({ name, path, line, text }))
  const locked = pins.map((text) => ({ name: nameIn(text), path: lock ?? from ?? '', text }))
  const all = [...listed, ...locked]
  const names = new Set(all.map(({ name }) => name))
  return all
    .flatMap((one) => {
      const newest = newestReleaseIn(one.text)
      return newest === null ? [] : limitsOf(one.name, newest, names).map((limit) => ({ ...one, ...limit }))
    })
    .toSorted((one, other) => one.minor - other.minor)
}
