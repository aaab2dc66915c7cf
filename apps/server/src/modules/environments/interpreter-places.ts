import type { Stats } from 'node:fs'
import { lstat, readdir, readlink, realpath } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'

/** Programs of Python by their version. Not `python3.11-config`, and not the shims of pyenv, which are scripts. */
const program = /^python3(\.\d+)?$/
const isShim = (folder: string) => folder.endsWith('/shims')

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).toSorted()
}

async function programsIn(folder: string): Promise<string[]> {
  return (await namesIn(folder)).filter((name) => program.test(name)).map((name) => join(folder, name))
}

/** Folders whose folders each are an installation of Python. */
const installationsBelow = (home: string) => [
  '/opt',
  '/opt/python',
  join(home, '.pyenv/versions'),
  join(home, '.local/share/uv/python'),
]

/** One path for each of these folders: `/bin` may be a link to `/usr/bin`, and its programs would be asked twice. */
async function distinctFolders(folders: readonly string[]): Promise<string[]> {
  const real = await Promise.all(folders.map((folder) => realpath(folder).catch(() => folder)))
  return folders.filter((_, at) => real.indexOf(real[at] ?? '') === at)
}

/** Where a machine may have Pythons. */
type Machine = {
  home: string
  /** Folders of programs, as in PATH. */
  path: string
  /** Programs, or folders with `bin`. */
  named: readonly string[]
}

/**
 * The programs that may be Pythons of this machine, by their paths: `named` ones, those on
 * PATH, in the usual folders, below `/opt`, and those of pyenv and uv.
 */
export async function placesOfPythons(machine: Machine): Promise<string[]> {
  const path = machine.path.split(delimiter).filter((folder) => folder.startsWith('/'))
  const bins = await distinctFolders(
    [...path, '/usr/local/bin', '/usr/bin'].filter((folder) => !isShim(folder)),
  )
  const below = await Promise.all(
    installationsBelow(machine.home).map(async (folder) =>
      (await namesIn(folder)).map((name) => join(folder, name, 'bin')),
    ),
  )
  const folders = [...machine.named.map((one) => join(one, 'bin')), ...bins, ...below.flat()]
  const found = await Promise.all(folders.map(programsIn))
  return [...new Set([...machine.named, ...found.flat()])]
}

const sticky = 0o1000
const othersWrite = 0o002
const groupWrites = 0o020
/** Says what is at a path, without following a link there. */
type Look = (path: string) => Promise<Stats>

/** Looks once at each path: programs share nearly all folders above them. */
function lookOnce(): Look {
  const seen = new Map<string, Promise<Stats>>()
  return (path) => {
    const found = seen.get(path) ?? lstat(path)
    seen.set(path, found)
    return found
  }
}

/** How many links are followed: as many as the kernel follows. */
const linksAtMost = 40

/** Whether nobody but root and the platform's own account can change this file, or what is at this place of a folder. */
function isKept({ uid, gid, mode }: Stats, isLink: boolean): boolean {
  if (uid !== 0 && uid !== process.getuid?.()) return false
  // A link has no rights of its own; and in a folder as /tmp, what belongs to others can be neither moved nor replaced.
  if (isLink || (mode & sticky) !== 0) return true
  return (mode & othersWrite) === 0 && ((mode & groupWrites) === 0 || gid === 0)
}

/**
 * Whether a program, and every folder and link on the way to it, wherever they lead, belong to root or to the platform's account,
 * and nobody else may write there. A service could otherwise make itself the Python of others.
 */
export async function isTrusted(path: string, look: Look = lstat): Promise<boolean> {
  try {
    let at = '/'
    let links = 0
    const left = path.split('/')
    if (!isKept(await look(at), false)) return false
    for (let name = left.shift(); name !== undefined; name = left.shift()) {
      if (name === '' || name === '.') continue
      const next = name === '..' ? dirname(at) : join(at, name)
      const found = await look(next)
      const isLink = found.isSymbolicLink()
      if (!isKept(found, isLink)) return false
      if (!isLink) at = next
      else if (++links > linksAtMost) return false
      else {
        const target = await readlink(next)
        if (target.startsWith('/')) at = '/'
        left.unshift(...target.split('/'))
      }
    }
    return true
  } catch {
    // It is gone, or leads to nothing.
    return false
  }
}

/**
 * The programs that may be Pythons of this machine and that nobody but root and the platform can change. Root finds them out for
 * a control plane without root: that one does not see which files are root's, because its user namespace has no number for root.
 */
export async function trustedPythons(machine: Machine): Promise<string[]> {
  const places = await placesOfPythons(machine)
  const look = lookOnce()
  const kept = await Promise.all(places.map((place) => isTrusted(place, look)))
  return places.filter((_place, at) => kept[at])
}
