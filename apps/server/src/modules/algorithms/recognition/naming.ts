import { asWritten, translationsOf, type ManifestSource, type NameOrigin } from '@vitrine/contract'
import type { Note } from '../../sources/package-note.ts'
import type { PackageView } from '../../sources/package-view.ts'
import { slugify } from './algorithm-id.ts'
import { say, type Finding } from './finding.ts'
import { readPython } from './python-source.ts'

/** What the sender said beside the package itself. */
export type Given = {
  algorithmId?: string
  name?: string
  packageName: string
  /** The title that the algorithm has already, when a version is added to it. */
  knownName?: string
}

/** What a package is called, and what that was taken from. */
export type Naming = { id: string; name: string; from: { id: NameOrigin; name: NameOrigin } }

/** Names of files and folders that say nothing about what is in them. */
const placeholders = new Set([
  'ai algorithm',
  'algorithm',
  'app',
  'archive',
  'code',
  'index',
  'main',
  'model',
  'predict',
  'predictor',
  'server',
  'src',
  'upload',
])

const titleAtMost = 60
/** No more of a docstring is looked at: packages are hostile. */
const docstringAtMost = 2000

/** Whether a name says nothing about the algorithm: `ai_algorithm`, `main`, `app`, also with a copy's number behind it. */
export function isPlaceholder(name: string): boolean {
  const words = name
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
  return words === '' || placeholders.has(words.replace(/ \d{1,3}$/, ''))
}

/**
 * A title out of a docstring: its first line that has words, without the marks of headings and without the full stop at its end, at most 60
 * characters. Null where nothing is left, or only a name that says nothing.
 */
export function titleOfDocstring(docstring: string | null): string | null {
  const lines = (docstring ?? '')
    .slice(0, docstringAtMost)
    .split('\n')
    .map((line) =>
      line
        .replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ')
        .replaceAll(/`|\*\*/g, '')
        .replaceAll(/\s+/g, ' ')
        .replace(/^[\s#=*~-]+/, '')
        .replace(/[\s.。=~-]+$/, ''),
    )
  const first = lines.find((line) => /[\p{L}\p{N}]/u.test(line)) ?? ''
  if (first === '' || isPlaceholder(first.replace(/\.py$/, ''))) return null
  const letters = Array.from(first)
  return letters.length <= titleAtMost
    ? first
    : `${letters
        .slice(0, titleAtMost - 1)
        .join('')
        .trimEnd()}…`
}

/** The title that the code states: of the module, else of the class that is its entry. */
async function titleInCode(view: PackageView, entry: string): Promise<string | null> {
  const [file = '', name = ''] = entry.split(':')
  const source = file.endsWith('.py') ? await view.readText(file) : null
  if (source === null) return null
  const { docstring, classes } = readPython(source)
  const holder = classes.find((known) => known.name === name)
  return titleOfDocstring(docstring) ?? titleOfDocstring(holder?.docstring ?? null)
}

/** The title that was given, else stated. One that only translates what is stated is what a reader was shown of it. */
function titleSaid(stated: ManifestSource, given: Given): { name: string; from: NameOrigin } | null {
  if (given.name !== undefined)
    return { name: asWritten(translationsOf(stated.translations, [stated.name]), given.name), from: 'given' }
  return stated.name === undefined ? null : { name: stated.name, from: 'manifest' }
}

function titleFound(
  finding: Finding,
  given: Given,
  id: string | undefined,
  inCode: string | null,
): { name: string; from: NameOrigin } | null {
  const { knownName, packageName } = given
  if (knownName !== undefined) return { name: knownName, from: 'known' }
  // One file is called by what it is for, not by what is in it; a folder has a name that somebody chose.
  const says = finding.form !== 'single-file' && !isPlaceholder(packageName)
  if (says) return { name: packageName, from: 'package' }
  if (inCode !== null) return { name: inCode, from: 'docstring' }
  if (id !== undefined) return { name: id, from: 'id' }
  return isPlaceholder(packageName) ? null : { name: packageName, from: 'package' }
}

function idOf(
  stated: ManifestSource,
  given: Given,
  title: string | null,
  entry: string,
): Pick<Naming, 'id'> & { from: NameOrigin } {
  if (given.algorithmId !== undefined) return { id: given.algorithmId, from: 'given' }
  if (stated.id !== undefined) return { id: stated.id, from: 'manifest' }
  if (!isPlaceholder(given.packageName)) return { id: slugify(given.packageName), from: 'package' }
  if (title !== null) return { id: slugify(title), from: 'title' }
  return { id: slugify(given.packageName || entry), from: 'placeholder' }
}

/**
 * Id and title of a package: given, else stated, else taken from the code or the package's name. What nothing better was found for than a name
 * such as `ai_algorithm` comes from a `placeholder`, and whoever sends it should be asked.
 */
export async function nameOf(
  view: PackageView,
  finding: Finding,
  stated: ManifestSource,
  given: Given,
): Promise<Naming> {
  const inCode = await titleInCode(view, finding.entry)
  const title = titleSaid(stated, given) ?? titleFound(finding, given, given.algorithmId ?? stated.id, inCode)
  const id = idOf(stated, given, title?.name ?? null, finding.entry)
  return {
    id: id.id,
    name: title?.name ?? (given.packageName || id.id),
    from: { id: id.from, name: title?.from ?? 'placeholder' },
  }
}

/** What the sender is told where nothing better was found than a name that says nothing: the next such package would become its next version. */
export function namingWarnings({ id, from }: Naming): Note[] {
  if (from.id !== 'placeholder') return []
  const text = say(
    `没有找到说得清它是什么的名字，id 只能是 ${id}；再传一个这样的文件会成为它的下一个版本。请给出 id 和标题，或在文件开头写一行说明（docstring）`,
    `No name was found that says what it is, so its id would be ${id}; the next file of this kind becomes its next version. Give an id and a title, or begin the file with a line that says it (a docstring)`,
  )
  return [{ code: 'algorithm.name_missing', text }]
}
