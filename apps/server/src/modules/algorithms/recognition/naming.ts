import { asWritten, translationsOf, type ManifestSource, type NameOrigin } from '@vitrine/contract'
import type { Finding } from '../../sources/finding.ts'
import type { PackageView } from '../../sources/package-view.ts'
import { slugify } from './algorithm-id.ts'
import { isPlaceholder, readDocstring, withoutStop, type Docstring } from './docstring-title.ts'
import { say, type Plan } from './plan.ts'
import { readPython } from './python-code/python-source.ts'

/** What the sender stated in addition to the package. */
export type Given = {
  algorithmId?: string
  name?: string
  packageName: string
  /** The title of the existing algorithm, if a version is added to one. */
  knownName?: string
}

/** The id and title of a package, and where each was taken from; `about`: what its code says of it, if that is more. */
export type Naming = {
  id: string
  name: string
  about: string
  from: { id: NameOrigin; name: NameOrigin }
}

/** What the code says: the module's docstring, else that of the class or function that is the entry. */
async function docstringIn(view: PackageView, entry: string): Promise<Docstring | null> {
  const [file = '', name = ''] = entry.split(':')
  const source = file.endsWith('.py') ? await view.readText(file) : null
  if (source === null) return null
  const { docstring, classes, functions } = readPython(source)
  const holder = [...classes, ...functions].find((known) => known.name === name)
  return readDocstring(docstring) ?? readDocstring(holder?.docstring ?? null)
}

/**
 * The given title, else the stated one. If the given title is just a translation of the stated one, the
 * stated one stays, because the reader was shown the translation.
 */
function titleSaid(stated: ManifestSource, given: Given): { name: string; from: NameOrigin } | null {
  if (given.name !== undefined)
    return { name: asWritten(translationsOf(stated.translations, [stated.name]), given.name), from: 'given' }
  return stated.name === undefined ? null : { name: stated.name, from: 'manifest' }
}

function titleFound(
  plan: Plan,
  given: Given,
  id: string | undefined,
  inCode: Docstring | null,
): { name: string; from: NameOrigin } | null {
  const { knownName, packageName } = given
  if (knownName !== undefined) return { name: knownName, from: 'known' }
  // The name of a single file says little about its content, but somebody chose the name of a folder.
  const says = plan.form !== 'single-file' && !isPlaceholder(packageName)
  if (says) return { name: packageName, from: 'package' }
  if (inCode?.certain) return { name: inCode.title, from: 'docstring' }
  if (id !== undefined) return { name: id, from: 'id' }
  if (!isPlaceholder(packageName)) return { name: packageName, from: 'package' }
  return inCode && { name: inCode.title, from: 'docstring' }
}

async function idOf(
  stated: ManifestSource,
  given: Given,
  title: string | null,
  entry: string,
): Promise<Pick<Naming, 'id'> & { from: NameOrigin }> {
  if (given.algorithmId !== undefined) return { id: given.algorithmId, from: 'given' }
  if (stated.id !== undefined) return { id: stated.id, from: 'manifest' }
  if (!isPlaceholder(given.packageName)) return { id: await slugify(given.packageName), from: 'package' }
  if (title !== null) return { id: await slugify(title), from: 'title' }
  return { id: await slugify(given.packageName || entry), from: 'placeholder' }
}

/**
 * The id and title of a package: as given, else as stated, else taken from the code or the package's name. If
 * only a name such as `ai_algorithm` was found, its origin is `placeholder`, and the sender should be asked.
 */
export async function nameOf(
  view: PackageView,
  plan: Plan,
  stated: ManifestSource,
  given: Given,
): Promise<Naming> {
  const inCode = await docstringIn(view, plan.entry)
  const title = titleSaid(stated, given) ?? titleFound(plan, given, given.algorithmId ?? stated.id, inCode)
  const id = await idOf(stated, given, title?.name ?? null, plan.entry)
  return {
    id: id.id,
    name: title?.name ?? (given.packageName || id.id),
    about: inCode === null || withoutStop(inCode.about) === title?.name ? '' : inCode.about,
    from: { id: id.from, name: title?.from ?? 'placeholder' },
  }
}

/**
 * A warning if only a name without meaning was found. The next such package would become the next version of
 * this algorithm.
 */
export function namingWarnings({ id, from }: Naming): Finding[] {
  if (from.id !== 'placeholder') return []
  const text = say(
    `没有找到有意义的名称，标识只能是 ${id}；再上传一个这样的文件会成为它的下一个版本。请填写标识和标题，或在文件开头写一行说明（docstring）`,
    `No meaningful name was found, so the ID would be ${id}, and the next file of this kind would become its next version. Enter an ID and a title, or start the file with a docstring that describes it`,
  )
  return [{ code: 'algorithm.name_missing', text }]
}
