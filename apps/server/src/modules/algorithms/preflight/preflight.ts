import type { Manifest } from '@vitrine/contract'
import type { Finding } from '../../sources/finding.ts'
import type { PackageView } from '../../sources/package-view.ts'
import type { Given } from '../recognition/naming.ts'
import { mayBeEntry, readPackage, type PackageReading } from '../recognition/package-reading.ts'
import { filesReached } from '../recognition/python/find-module.ts'
import { readRequirements } from '../recognition/python/requirements.ts'
import { notRecognisedCode, recognise, type Recognising, type Recognition } from '../recognition/recognise.ts'
import { seenPythonCode } from '../recognition/seen/seen.ts'
import type { CodeChecker, CodeFile } from './code-checker.ts'
import { nodeStartFiles, pythonStartFiles, typeScript, typeScriptStartFiles } from './entry-file.ts'
import { exampleSettings } from './example-settings.ts'
import { foreignPaths } from './foreign-paths.ts'
import { imagePaths } from './image-paths.ts'
import { importFindings } from './import-findings.ts'
import { ownMetadata } from './own-metadata.ts'
import { neededVariables } from './needed-variables.ts'
import { missingModels } from './missing-models.ts'
import { nodeImportFindings, typeScriptReached } from './node-imports.ts'
import { nodeReleases } from './node-releases.ts'
import { companions } from './companions.ts'
import { oldCalls } from './old-calls.ts'
import { requirementFindings } from './requirement-findings.ts'
import { servicesBeside } from './services-beside.ts'
import { storedModels } from './stored-models.ts'
import { codeAtMost, longCodeFindings } from './size-findings.ts'
import { notReadFindings, syntaxFindings, tooManyFindings } from './syntax-findings.ts'

/** What was found before a package is stored. */
export type PreflightFindings = { problems: Finding[]; warnings: Finding[] }

/** More code than this is checked in part: what starts, then what is nearest to the top. */
const [filesAtMost, bytesAtMost] = [2_000, 32 * 1024 ** 2]

const depth = (path: string) => path.split('/').length

/** The code to check, what is needed to start first. `first` has the paths of that. `left` counts what is not checked. */
async function codeOf(
  view: PackageReading,
  ending: RegExp,
  first: ReadonlySet<string>,
): Promise<{ files: CodeFile[]; left: number }> {
  let bytes = 0
  // Longer files have a finding of their own, and must not use up the room of the others.
  const all = view.files.filter(
    ({ path, size }) => size <= codeAtMost && ending.test(path) && (first.has(path) || mayBeEntry(path)),
  )
  const rank = ({ path }: { path: string }) => (first.has(path) ? 0 : depth(path))
  const paths = all
    .toSorted((one, other) => rank(one) - rank(other))
    .slice(0, filesAtMost)
    .filter(({ size }) => (bytes += size) <= bytesAtMost)
  const files: CodeFile[] = []
  for (const { path } of paths) {
    const text = await view.readText(path)
    if (text !== null) files.push({ path, text: text.replace(/^\ufeff/, '') })
  }
  return { files, left: all.length - paths.length }
}

/** Checks code in the turn of the person whose package it is. */
type Check = (
  language: 'python' | 'javascript',
  files: readonly CodeFile[],
) => ReturnType<CodeChecker['check']>

const none: PreflightFindings = { problems: [], warnings: [] }

async function python(
  check: Check,
  reading: PackageReading,
  manifest: Manifest | null,
): Promise<PreflightFindings> {
  const entries = manifest === null ? [] : pythonStartFiles(reading, manifest)
  const reached = await Promise.all(entries.map((path) => filesReached(reading, path)))
  const starts = new Set(reached.flat().map(({ path }) => path))
  const { files, left } = await codeOf(reading, /\.py$/, starts)
  const checked = await check('python', files)
  if (checked === null) return none
  const syntax = syntaxFindings(checked, manifest === null ? null : (path) => starts.has(path))
  const about = [...syntax.warnings, ...notReadFindings(files, checked), ...tooManyFindings(left)]
  if (manifest === null) return { problems: syntax.problems, warnings: about }
  const requirements = await readRequirements(reading, manifest.launch?.folder ?? '')
  const started = checked.filter(({ path }) => starts.has(path))
  const startedFiles = files.filter(({ path }) => starts.has(path))
  const missing = await importFindings(started, {
    view: reading,
    started: startedFiles,
    manifest,
    requirements,
  })
  const lists = requirementFindings(requirements)
  return {
    problems: [...syntax.problems, ...lists.problems],
    warnings: [
      ...missing,
      ...(await neededVariables(reading, manifest, startedFiles)),
      ...oldCalls(startedFiles, requirements),
      ...companions(requirements),
      ...(await missingModels(reading, manifest, startedFiles)),
      ...(await storedModels(reading, startedFiles)),
      ...(await ownMetadata(reading, manifest, startedFiles)),
      ...foreignPaths(reading, manifest.launch?.folder ?? '', startedFiles),
      ...(await imagePaths(reading, manifest.launch?.folder ?? '', startedFiles)),
      ...about,
      ...lists.warnings,
    ],
  }
}

/** The major version of the Node that runs the platform, which its services run with as well. */
const ownNode = Number.parseInt(process.versions.node, 10)

const inBrowsers = /(^|\/)(node_modules|public|static|assets|client|frontend|dist|build)\/|\.min\.[cm]?js$/

/** How Node loads a file: by its ending, else by the nearest `package.json`. */
async function kindOf(reading: PackageReading, path: string): Promise<NonNullable<CodeFile['kind']>> {
  if (typeScript.test(path)) return 'typescript'
  if (path.endsWith('.mjs')) return 'module'
  if (path.endsWith('.cjs')) return 'script'
  const folders = path.split('/').slice(0, -1)
  for (let count = folders.length; count >= 0; count--) {
    const file = [...folders.slice(0, count), 'package.json'].join('/')
    if (reading.has(file))
      return /"type"\s*:\s*"module"/.test((await reading.readText(file)) ?? '') ? 'module' : 'script'
  }
  return 'script'
}

async function javaScript(
  check: Check,
  reading: PackageReading,
  manifest: Manifest,
): Promise<PreflightFindings> {
  const named = nodeStartFiles(reading, manifest)
  const starts = new Set([
    ...named,
    ...(await typeScriptReached(reading, typeScriptStartFiles(reading, manifest))),
  ])
  const { files: found, left } = await codeOf(reading, /\.[cm]?js$|(?<!\.d)\.[cm]?ts$/, starts)
  const files = await Promise.all(
    found
      .filter(({ path }) => !inBrowsers.test(path) || starts.has(path))
      .map(async (file) => ({ ...file, kind: await kindOf(reading, file.path) })),
  )
  const checked = await check('javascript', files)
  if (checked === null) return none
  const { problems, warnings } = syntaxFindings(checked, (path) => starts.has(path))
  const missing = await nodeImportFindings(reading, named)
  const about = [...notReadFindings(files, checked), ...tooManyFindings(left)]
  const releases = await nodeReleases(reading, manifest.launch?.folder ?? '', ownNode)
  return { problems, warnings: [...releases, ...missing, ...warnings, ...about] }
}

/**
 * Looks for what would make a recognised package fail only after it was stored: code that cannot be parsed, imports that
 * nothing gives, files that are not what their names say. Nothing of the package is run.
 */
async function preflight(
  check: Check,
  reading: PackageReading,
  manifest: Manifest | null,
): Promise<PreflightFindings> {
  const inCode =
    manifest?.runtime === 'node'
      ? await javaScript(check, reading, manifest)
      : await python(check, reading, manifest)
  const settings = manifest === null ? [] : await exampleSettings(reading, manifest)
  const beside = manifest === null ? [] : await servicesBeside(reading, manifest.launch?.folder ?? '')
  return {
    problems: inCode.problems,
    warnings: [...settings, ...inCode.warnings, ...beside, ...longCodeFindings(reading)],
  }
}

/**
 * The findings for a package that was not recognised. If code has a syntax error, that comes first: what to add is known only when
 * the code can be read.
 */
function whyUnknown(recognised: readonly Finding[], unreadable: readonly Finding[]): Finding[] {
  if (unreadable.length === 0) return [...recognised]
  const supposed = [notRecognisedCode, seenPythonCode]
  return [...unreadable, ...recognised.filter(({ code }) => !supposed.includes(code))]
}

/** The Python whose parser reads the code: the usual one, if the machine does not have what the package asks for. */
const pythonOf = ({ manifest, problems }: Recognition): string | undefined =>
  problems.some(({ code }) => code === 'python.missing') ? undefined : manifest?.python

/** Recognises a package and looks for what would go wrong with it. Throws what recognition does. */
export async function examine(
  deps: { code: CodeChecker },
  person: string,
  view: PackageView,
  given: Given,
  how: Recognising = {},
): Promise<Recognition> {
  const reading = readPackage(view)
  const recognition = await recognise(reading, given, how)
  const { problems, warnings } = await preflight(
    (language, files) => deps.code.check(person, language, files, pythonOf(recognition)),
    reading,
    recognition.manifest,
  )
  return {
    ...recognition,
    problems:
      recognition.manifest === null
        ? whyUnknown(recognition.problems, problems)
        : [...recognition.problems, ...problems],
    warnings: [...warnings, ...recognition.warnings],
  }
}
