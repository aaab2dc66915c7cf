import { posix } from 'node:path'
import { shellWord } from '../../../../lib/shell-word.ts'
import type { PackageReading } from '../package-reading.ts'
import { madeFolders } from '../python/made-folders.ts'
import type { Framework } from './frameworks.ts'

/** Folders that an application writes to, and the command that has to fill them before it serves. */
export type Writes = { writes: string[]; prepare: string | null }

/** Signs that a Flask application keeps files in its instance folder. Flask-SQLAlchemy has its databases there. */
const instanceFolder = /\binstance_path\b|\binstance_relative_config\b|\bflask_sqlalchemy\b/

/** The folder `instance`, which Flask has in the folder that an application is imported from, if the application uses it. */
async function flaskWrites(reading: PackageReading, root: string): Promise<Writes | null> {
  const isUsed = (await reading.modulesWith(instanceFolder)).length > 0
  return isUsed ? { writes: [posix.join(root, 'instance')], prepare: null } : null
}

/** `BASE_DIR / "staticfiles"` and `os.path.join(BASE_DIR, "staticfiles")`, as projects of Django have it. */
const staticRoot = /^STATIC_ROOT\s*=[^\n]{0,100}\bBASE_DIR\b[^\n"']{0,20}["']([\w-]+(?:\/[\w-]+)*)\/?["']/m

/** The folder in which Django collects the files of its pages. Without them, pages with a manifest of these files fail. */
async function djangoWrites(reading: PackageReading, root: string, folder: string): Promise<Writes | null> {
  const manage = posix.join(root, 'manage.py')
  if (!reading.has(manage)) return null
  for (const { source } of await reading.modulesWith(/\bSTATIC_ROOT\b/)) {
    const path = staticRoot.exec(source)?.[1]
    if (path === undefined) continue
    const program = shellWord(posix.relative(folder, manage))
    return {
      writes: [posix.join(root, path)],
      prepare: `python ${program} collectstatic --no-input --verbosity 0`,
    }
  }
  return null
}

async function ofFramework(
  reading: PackageReading,
  { name }: Framework,
  { root, folder }: Place,
): Promise<Writes | null> {
  if (name === 'Flask') return flaskWrites(reading, root)
  return name === 'Django' ? djangoWrites(reading, root, folder) : null
}

/** The folder that an application is imported from, and the one in which it is started. */
type Place = { root: string; folder: string }

/** What an application writes beside its code. Null if nothing is known. */
export async function writesOf(
  reading: PackageReading,
  framework: Framework,
  place: Place,
): Promise<Writes | null> {
  const known = await ofFramework(reading, framework, place)
  const made = await madeFolders(reading, place.folder)
  const writes = [...new Set([...(known?.writes ?? []), ...made])]
  return writes.length === 0 ? null : { writes, prepare: known?.prepare ?? null }
}
