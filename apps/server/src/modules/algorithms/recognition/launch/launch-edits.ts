import { posix } from 'node:path'
import type { Manifest } from '@vitrine/contract'
import type { Finding } from '../../../sources/finding.ts'
import type { PackageView } from '../../../sources/package-view.ts'
import { say } from '../plan.ts'
import type { FixedAddress } from './fixed-address.ts'
import { fixedInJavaScript } from './javascript-address.ts'
import { fixedInPython } from './python-address.ts'
import { pathsOf } from './python-names.ts'
import { scriptFile, typeScriptFile } from './script-files.ts'
import { commandEdits, scriptFilesOf, pythonFilesOf, readStartScript } from './start-script.ts'
import { lineAt, type TextEdit } from './text-edit.ts'

/** What prevents a package from running on the platform's address and in its folder. */
export type LaunchFindings = {
  /** Applied to the copy that is deployed. The stored code does not change. */
  edits: TextEdit[]
  findings: Finding[]
}

const startScript = 'start.sh'

const foldersOf = (view: PackageView) =>
  new Set(
    view.files.flatMap(({ path }) => {
      const parts = path.split('/').slice(0, -1)
      return parts.map((_part, index) => parts.slice(0, index + 1).join('/'))
    }),
  )

// More than most packages have. Packages can be hostile.
const [pythonAtMost, pythonBytesAtMost] = [1_000, 32 * 1024 ** 2]
const [runsAtMost, addressesAtMost] = [50, 200]

const depth = (path: string) => path.split('/').length

/** The Python files, those nearest to the top if there are very many. */
function pythonFiles(view: PackageView): string[] {
  const all = view.files.filter(({ path }) => path.endsWith('.py'))
  const near =
    all.length <= pythonAtMost ? all : all.toSorted((one, other) => depth(one.path) - depth(other.path))
  let bytes = 0
  return near
    .slice(0, pythonAtMost)
    .filter(({ size }) => (bytes += size) <= pythonBytesAtMost)
    .map(({ path }) => path)
}

/**
 * Files that are run as programs when the author has no start script. A web application is imported, so its last lines
 * do not run.
 */
function filesRun(manifest: Manifest): string[] {
  if (!manifest.launch && manifest.form !== 'command') return []
  const folder = manifest.launch?.folder ?? ''
  const start = manifest.launch?.start ?? manifest.entry
  return [...pythonFilesOf(start), ...scriptFilesOf(start)].map((file) => posix.join(folder, file))
}

const forBrowsers = /(^|\/)(node_modules|public|static|assets|client|frontend)\/|\.min\.[cm]?js$/
const scriptsAtMost = 200

/**
 * The JavaScript files that can belong to a server, those nearest to the top; TypeScript as well where it is run as it is. What is
 * compiled is not changed, because the build has the package as it is.
 */
const scriptFiles = (view: PackageView, isTypeScriptRun: boolean) =>
  view.files
    .map(({ path }) => path)
    .filter((path) => (isTypeScriptRun ? scriptFile : /\.[cm]?js$/).test(path) && !forBrowsers.test(path))
    .toSorted((one, other) => depth(one) - depth(other))
    .slice(0, scriptsAtMost)

/** Reads one file after the other, because a package may have thousands. */
async function addressesOf(view: PackageView, paths: readonly string[]): Promise<FixedAddress[]> {
  const found: FixedAddress[] = []
  for (const path of paths) {
    if (found.length >= addressesAtMost) break
    found.push(...(await (path.endsWith('.py') ? fixedInPython : fixedInJavaScript)(view, path)))
  }
  return found.slice(0, addressesAtMost)
}

async function addressesIn(view: PackageView, runs: readonly string[]): Promise<FixedAddress[]> {
  if (runs.length === 0) return []
  const inPrograms = await addressesOf(view, runs)
  if (inPrograms.some(({ what }) => what === 'port')) return inPrograms
  // The server may be started in a module that the program imports.
  if (runs.some((path) => path.endsWith('.py'))) return addressesOf(view, pythonFiles(view))
  const isTypeScriptRun = runs.some((path) => typeScriptFile.test(path))
  return addressesOf(view, scriptFiles(view, isTypeScriptRun))
}

/** The file that a word of a start command means: Node finds `dist/main.js` by `dist/main` as well. Null if there is none. */
function fileNamed(view: PackageView, path: string): string | null {
  const written = posix.normalize(path)
  const possible = [written, `${written}.js`, posix.join(written, 'index.js')]
  return possible.find((one) => pathsOf(view).has(one)) ?? null
}

const isOnce = (address: FixedAddress, at: number, all: readonly FixedAddress[]) =>
  all.findIndex(({ edit }) => edit.path === address.edit.path && edit.start === address.edit.start) === at

const placeOf = async (view: PackageView, edit: Pick<TextEdit, 'path' | 'start'>) => {
  const source = (await view.readText(edit.path)) ?? ''
  return { source, line: lineAt(source, edit.start) }
}

async function editFinding(view: PackageView, edit: TextEdit): Promise<Finding> {
  const { line } = await placeOf(view, edit)
  return {
    code: 'launch.adapted',
    path: edit.path,
    line,
    text: say(
      `${edit.path} 第 ${line} 行：${edit.because.zh}。部署时会在运行的副本中自动修改，你的代码不变`,
      `${edit.path} line ${line}: ${edit.because.en}. The deployed copy is changed accordingly; your code stays unchanged`,
    ),
  }
}

async function severalPorts(view: PackageView, address: FixedAddress): Promise<Finding> {
  const { line } = await placeOf(view, address.edit)
  return {
    code: 'launch.fixed_port',
    path: address.edit.path,
    line,
    text: say(
      `${address.edit.path} 第 ${line} 行：${address.edit.because.zh}。程序里固定了不止一个端口，平台不知道该改哪一个，请自己改`,
      `${address.edit.path} line ${line}: ${address.edit.because.en}. There are several fixed ports, and the platform cannot know which one serves. Change it yourself`,
    ),
  }
}

async function entryFindings(view: PackageView, manifest: Manifest): Promise<Finding[]> {
  if (manifest.form !== 'command' || manifest.launch) return []
  const path = view.files.find((file) => /^algorithm\.ya?ml$/.test(file.path))?.path ?? 'algorithm.yaml'
  const source = (await view.readText(path)) ?? ''
  const line = lineAt(source, Math.max(source.search(/^entry:/m), 0))
  return commandEdits(path, manifest.entry).map(({ because }) => ({
    code: 'launch.fixed_port',
    path,
    line,
    text: say(`${path} 第 ${line} 行：${because.zh}`, `${path} line ${line}: ${because.en}`),
  }))
}

/**
 * Findings for code that names a folder of another machine. It cannot be edited automatically, because the right
 * folder is not known.
 */
async function folderFindings(view: PackageView, folder: string | null): Promise<Finding[]> {
  if (folder === null) return []
  const findings: Finding[] = []
  for (const path of pythonFiles(view)) {
    const source = (await view.readText(path)) ?? ''
    const at = source.indexOf(`${folder}/`)
    if (at < 0) continue
    const line = lineAt(source, at)
    const text = say(
      `${path} 第 ${line} 行：${folder} 在这里不存在。请用相对路径，或 os.path.dirname(__file__)`,
      `${path} line ${line}: there is no ${folder} here. Use a relative path, or os.path.dirname(__file__)`,
    )
    findings.push({ code: 'launch.foreign_path', path, line, text })
  }
  return findings
}

/**
 * Reads how a package starts, and finds folders of another machine in its start script, and fixed ports and
 * addresses. Each is a finding with file, line and fix. If only one fix is possible, it is also an edit
 * of the deployed copy. No code is run.
 */
export async function readLaunch(view: PackageView, manifest: Manifest): Promise<LaunchFindings> {
  const source = await view.readText(startScript)
  const script = source === null ? null : readStartScript(startScript, source, foldersOf(view))
  const runs = script?.runs ?? filesRun(manifest)
  const named = runs.slice(0, runsAtMost).flatMap((path) => fileNamed(view, path) ?? [])
  const known = [...new Set(named)]
  const addresses = (await addressesIn(view, known)).filter(isOnce)
  const ports = new Set(addresses.filter(({ what }) => what === 'port').map(({ value }) => value))
  const clear = addresses.filter(({ what }) => what !== 'port' || ports.size === 1)
  const unclear = addresses.filter((address) => !clear.includes(address))
  const edits = [...(script?.edits ?? []), ...clear.map(({ edit }) => edit)]
  const findings = await Promise.all([
    ...edits.map((edit) => editFinding(view, edit)),
    ...unclear.map((address) => severalPorts(view, address)),
  ])
  const others = [
    ...(await entryFindings(view, manifest)),
    ...(await folderFindings(view, script?.foreignFolder ?? null)),
  ]
  const all = [...findings, ...others]
  // A line may be wrong in two places, but becomes one finding.
  return {
    edits,
    findings: all.filter((finding, at) => all.findIndex(({ text }) => text.en === finding.text.en) === at),
  }
}
