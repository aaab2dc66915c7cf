import { createHash } from 'node:crypto'
import { readdir, realpath, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { closedFolderAbove, type Account } from '../../lib/system-user.ts'
import { pathExists } from '../../lib/path-exists.ts'
import type { Words } from '../../lib/words.ts'
import {
  isUsable,
  meetsPython,
  pickPython,
  supportedPythons,
  versionNumbers,
  type MachinePython,
} from '../requirements/python-version.ts'
import type { RunInFolder } from './environment-command.ts'
import { interpreterMissing, pythonMissing } from './environments.errors.ts'
import { isTrusted } from './interpreter-places.ts'

/** A Python that can create virtual environments. `folders` are those of its program and libraries. */
export type Interpreter = {
  file: string
  /** As it prints it itself, with its build. */
  version: string
  /** Only its numbers, such as `3.11.2`. */
  number: string
  hasPip: boolean
  folders: string[]
}

/**
 * Prints the program itself as the second line, because a candidate may be a link or a script that is elsewhere. A
 * link beside its libraries stays: that of a virtual environment leads out of it.
 */
const probe = `
import importlib.util, os, sys, venv
beside = sys.executable.startswith(sys.prefix + os.sep)
print(sys.version.replace("\\n", " "))
print(sys.executable if beside else os.path.realpath(sys.executable))
print(importlib.util.find_spec("pip") is not None)
print(sys.prefix)
print(sys.base_prefix)`

/** Asks a program about itself. The last line that it prints if it does not run as a Python that can make environments. */
async function interpreterAt(candidate: string, run: RunInFolder): Promise<Interpreter | string> {
  const result = await run({ file: candidate, args: ['-c', probe] })
  const [version, file, hasPip, ...folders] = result.stdout
  if (result.exitCode !== 0 || !version || !file)
    return result.stderr.findLast((line) => line.trim() !== '') ?? `exit ${result.exitCode}`
  const number = versionNumbers(version).join('.')
  return { file, version, number, hasPip: hasPip === 'True', folders }
}

const changeable: Words = {
  zh: '除 root 和平台的账户之外，还有人能修改它或它所在的目录',
  en: 'others than root and the account of the platform can change it, or a folder that it is in',
}
const notRunning = (reason: string): Words => ({
  zh: `服务的账户运行不了它（${reason}）。从别处复制来的 Python 可能还指着原来的目录；请直接安装到这个位置`,
  en: `it does not run for the accounts of services (${reason}). A Python that was copied may still point to the folder that it came from. Install it where it is to be`,
})

/** The version of a Python that cannot be run: that of its folder, else what the names beside it show. */
async function shownVersion(file: string): Promise<string | null> {
  const inPath = /\/(?:c?python-)?(3\.\d+(?:\.\d+)?)(?!\d)[^/]*\/bin\/[^/]+$/.exec(file)?.[1]
  if (inPath !== undefined) return inPath
  const names = await readdir(dirname(file)).catch(() => [])
  return names.map((name) => /^python(3\.\d+)$/.exec(name)?.[1]).find((found) => found !== undefined) ?? null
}

/** What finds the Pythons of a machine. */
export type InterpretersDeps = {
  /** Programs to try as the usual Python, in this order. They are trusted. */
  usual: readonly string[]
  /** Programs that may be further ones. Only those are used that nobody but root and the platform can change. */
  places: () => Promise<readonly string[]>
  /** Further programs that root has checked for this, where the platform itself cannot see which files are root's. */
  trusted?: ReadonlySet<string>
  /** Runs a program that only answers a question, as the account that builds environments. */
  run: RunInFolder
  /** One of those accounts: what one may open, all may. Null for the platform's own. */
  account: () => Promise<Account | null>
}

/** A Python of this machine, and the interpreter if services can run it. */
type Known = MachinePython & { interpreter: Interpreter | null }

/** A Python that is not used, by the version that its place shows. Null if that is unknown: it may be anything. */
async function unused(file: string, why: { closed: string } | { fault: Words }): Promise<Known | null> {
  const version = await shownVersion(file)
  return version === null ? null : { file, version, closed: null, ...why, interpreter: null }
}

/** A short name of an interpreter, which changes with its version. */
export const interpreterKey = ({ file, version }: Pick<Interpreter, 'file' | 'version'>): string =>
  createHash('sha256').update(`${file}\n${version}`).digest('hex').slice(0, 8)

/** The Pythons of this machine. One that services can run is remembered for as long as its program is the same file. */
export class Interpreters {
  readonly #deps: InterpretersDeps
  #usual: Promise<Interpreter> | null = null
  #account: Promise<Account | null> | null = null
  /** What was found at each place, with the version of the program that was there then. */
  readonly #known = new Map<string, { version: string; found: Promise<Known | null> }>()

  constructor(deps: InterpretersDeps) {
    this.#deps = deps
  }

  /** The first usual one that runs. Throws `deploy.interpreter_missing`. */
  usual(): Promise<Interpreter> {
    this.#usual ??= this.#findUsual()
    // After a failure it is searched again, so that installing Python later needs no restart.
    this.#usual.catch(() => (this.#usual = null))
    return this.#usual
  }

  /** All of them that the platform supports, the usual one first. */
  async all(): Promise<Known[]> {
    const usual = await this.usual().catch(() => null)
    const first: Known[] = usual
      ? [{ file: usual.file, version: usual.number, closed: null, interpreter: usual }]
      : []
    const others = await Promise.all((await this.#deps.places()).map((place) => this.#look(place)))
    const all = [...first, ...others].filter((one) => one !== null)
    // The same program may be used at one place and not at another.
    const found = [...all.filter(isUsable), ...all.filter((one) => !isUsable(one))]
    const distinct = found.filter(({ file }, at) => found.findIndex((other) => other.file === file) === at)
    return distinct.filter(({ version }) => meetsPython(version, supportedPythons))
  }

  /**
   * The one for a requirement of a version; without one, the usual one. Throws `deploy.interpreter_missing` and
   * `deploy.python_missing`.
   */
  async for(requirement: string | undefined): Promise<Interpreter> {
    if (requirement === undefined) return this.usual()
    const all = await this.all()
    const open = all.filter(isUsable)
    const found = pickPython(open, requirement)?.interpreter
    if (found) return found
    throw pythonMissing({ wanted: requirement, has: open.map(({ version }) => version), may_pass: true })
  }

  /** It is only looked at, so it is asked for once. */
  #anyAccount(): Promise<Account | null> {
    this.#account ??= this.#deps.account()
    this.#account.catch(() => (this.#account = null))
    return this.#account
  }

  async #findUsual(): Promise<Interpreter> {
    for (const candidate of this.#deps.usual) {
      const found = (await pathExists(candidate)) ? await interpreterAt(candidate, this.#deps.run) : null
      if (found !== null && typeof found !== 'string') return found
    }
    throw interpreterMissing({ runtime: 'Python', looked_for: [...this.#deps.usual], may_pass: true })
  }

  async #look(place: string): Promise<Known | null> {
    const file = await realpath(place).catch(() => null)
    const found = file === null ? null : await stat(file).catch(() => null)
    if (!found?.isFile()) return null
    const version = `${file}\n${found.mtimeMs}`
    const known = this.#known.get(place)
    if (known?.version === version) return known.found
    const examined = { version, found: this.#examine(place, file ?? place) }
    this.#known.set(place, examined)
    const forget = () => this.#known.get(place) === examined && this.#known.delete(place)
    // A Python that cannot be run now may be made accessible or repaired later.
    examined.found.then((one) => one?.interpreter || forget(), forget)
    return examined.found
  }

  async #examine(place: string, file: string): Promise<Known | null> {
    if (!this.#deps.trusted?.has(place) && !(await isTrusted(place)))
      return unused(place, { fault: changeable })
    const account = await this.#anyAccount()
    const closed =
      account && ((await closedFolderAbove(place, account)) ?? (await closedFolderAbove(file, account)))
    if (closed !== null) return unused(file, { closed })
    const interpreter = await interpreterAt(place, this.#deps.run)
    if (typeof interpreter === 'string') return unused(place, { fault: notRunning(interpreter) })
    return { file: interpreter.file, version: interpreter.number, closed: null, interpreter }
  }
}
