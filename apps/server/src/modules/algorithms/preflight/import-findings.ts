import { posix } from 'node:path'
import { usesRuntime, type Manifest } from '@vitrine/contract'
import type { Finding, Sentence } from '../../sources/finding.ts'
import { say } from '../recognition/plan.ts'
import type { Requirements } from '../recognition/python/requirements.ts'
import type { PackageView } from '../../sources/package-view.ts'
import type { CheckedFile, CodeFile } from './code-checker.ts'
import { distributionName } from '../../requirements/requirement-lines.ts'
import { pickledLibraries, pickledFinding } from './pickled-models.ts'
import { distributions, installedBy, isGivenBy } from './python-libraries.ts'
import { similarName } from './similar-name.ts'

/** What the platform itself gives to Python code: its runtime, the shim for Cog and the settings that services share. */
const ofThePlatform = new Set(['vitrine', 'vitrine_runtime', 'cog', 'config', 'sitecustomize'])
/** What the platform installs for packages that its own runtime serves. */
const ofTheRuntime = ['fastapi', 'uvicorn', 'jsonschema']

const shownAtMost = 20

/** The names under which the files of a package can be imported, from whatever folder. */
function ownNames(files: readonly { path: string }[]): Set<string> {
  const names = files.flatMap(({ path }) => {
    const parts = path.split('/')
    const file = /^([\p{ID_Continue}]+)(\.[\w-]+)?\.(py|pyx|so|pyd)$/u.exec(parts.pop() ?? '')?.[1]
    return file === undefined ? parts : [...parts, file]
  })
  return new Set(names)
}

/** A name that is imported and that nothing gives, and where. */
type Missing = { name: string; path: string; line: number }

/** The imports of the files that are in neither the interpreter nor the package nor its requirements. */
function missingImports(
  checked: readonly CheckedFile[],
  given: { files: readonly { path: string }[]; installed: ReadonlySet<string> },
): Missing[] {
  const own = ownNames(given.files)
  const missing = new Map<string, Missing>()
  for (const { path, imports, known } of checked) {
    const here = new Set(known)
    const optional = new Set(imports.filter((one) => one.optional).map((one) => one.name))
    for (const { name, line } of imports) {
      if (optional.has(name) || missing.has(name)) continue
      if (here.has(name) || own.has(name) || ofThePlatform.has(name) || isGivenBy(name, given.installed))
        continue
      missing.set(name, { name, path, line })
    }
  }
  return [...missing.values()]
}

const startsWithout = (name: string): Sentence =>
  say(
    `部署时不会安装它，服务启动时会停在 ModuleNotFoundError: No module named '${name}'`,
    `It is not installed, and the service stops with ModuleNotFoundError: No module named '${name}'`,
  )

/** Where lines for a requirements file are added. Null if the package states its requirements in another way. */
function fileForLines(manifest: Manifest, { file, from }: Requirements): string | null {
  if (file !== null) return file
  return from === null ? posix.join(manifest.launch?.folder ?? '', 'requirements.txt') : null
}

function findingFor(
  { name, path, line }: Missing,
  place: { file: string | null; from: string | null; near: Iterable<string> },
): Finding {
  const distribution = distributions.get(name)
  const { file, from } = place
  const where = file ?? from ?? 'requirements.txt'
  const finding = {
    code: 'preflight.import_unlisted',
    path,
    line,
    text: say(
      `${path} 第 ${line} 行导入 ${name}，依赖里没有它`,
      `${path} line ${line} imports ${name}, which no requirement lists`,
    ),
    follows: startsWithout(name),
  }
  if (distribution !== undefined) {
    const mend = say(`在 ${where} 里加一行 ${distribution}`, `Add the line ${distribution} to ${where}`)
    return { ...finding, mend, ...(file !== null && { adds: { path: file, lines: [distribution] } }) }
  }
  const meant = similarName(name, place.near)
  // No button adds a name that nobody knows: an index may have something hostile under a misspelt name.
  const mend =
    meant === null
      ? say(
          `把提供它的软件包写进 ${where}；如果是你自己的文件，请一起上传；如果别的依赖会带上它，可以不改`,
          `Add the package that provides it to ${where}, or upload the file if it is your own. Change nothing if another requirement brings it`,
        )
      : say(
          `是不是想写 ${meant}？请改正第 ${line} 行；如果确实叫 ${name}，把提供它的软件包写进 ${where}`,
          `Did you mean ${meant}? Correct line ${line}. If it is really called ${name}, add the package that provides it to ${where}`,
        )
  return { ...finding, mend }
}

/** The distributions that are installed for a package, with those that they bring. */
function installedFor(manifest: Manifest, requirements: Requirements): ReadonlySet<string> {
  const launch = (manifest.launch?.install ?? []).map((line) =>
    distributionName(/^[\w.-]+/.exec(line)?.[0] ?? ''),
  )
  const runtime = usesRuntime(manifest) ? ofTheRuntime : []
  return installedBy(new Set([...requirements.names, ...launch, ...runtime]))
}

/**
 * Warnings for what the code that is started imports and nothing gives, and for what the pickles import that it reads.
 * `checked` and `started` have that code alone.
 */
export async function importFindings(
  checked: readonly CheckedFile[],
  input: {
    view: PackageView
    started: readonly CodeFile[]
    manifest: Manifest
    requirements: Requirements
  },
): Promise<Finding[]> {
  const { view, started, manifest, requirements } = input
  const installed = installedFor(manifest, requirements)
  const place = { file: fileForLines(manifest, requirements), from: requirements.from }
  const near = [...ownNames(view.files), ...distributions.keys(), ...requirements.names]
  const pickled = await pickledLibraries(view, started, installed)
  // A pickle contains the version as well.
  const told = new Set(pickled.map(({ module }) => module))
  return [
    ...pickled.map((one) => pickledFinding(one, place)),
    ...missingImports(checked, { files: view.files, installed })
      .filter(({ name }) => !told.has(name))
      .map((one) => findingFor(one, { ...place, near })),
  ].slice(0, shownAtMost)
}
