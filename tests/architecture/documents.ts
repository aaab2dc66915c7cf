import { readdirSync, readFileSync } from 'node:fs'

/** A document of the project: its path, and its text. */
export type Document = { path: string; text: string }

/** Folders that are made on a machine, or whose files are of other projects. */
const passedOver = new Set(['.git', '__pycache__', 'data', 'dist', 'node_modules', 'test-results'])

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '.' ? entry.name : `${folder}/${entry.name}`
    if (entry.isDirectory()) return passedOver.has(entry.name) ? [] : filesIn(path)
    return [path]
  })

/** All files of the project. */
export const filesOfProject = filesIn('.')

const foldersOfProject = new Set(
  filesOfProject.flatMap((path) => [...path.matchAll(/\//g)].map(({ index }) => path.slice(0, index))),
)

/** The documents whose path begins with one of these words. */
export const documentsAt = (...beginnings: string[]): Document[] =>
  filesOfProject
    .filter((path) => path.endsWith('.md') && beginnings.some((beginning) => path.startsWith(beginning)))
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }))

const codeFile = /^[\w@<>{},*./-]+\.(?:ts|mjs|cjs|vue|py|sh|json|yaml|md)$/
/** What stands at the beginning of a path of the project: its own folders, and those in the `src` of a part. */
const beginnings = new Set(
  [...foldersOfProject].flatMap((path) => {
    const [first = '', , third, fourth, ...further] = path.split('/')
    return third === 'src' && fourth !== undefined && further.length === 0 ? [first, fourth] : [first]
  }),
)

/** The words of a document in `code` that look like a file or a folder of the project. */
export function pathsIn({ text }: Document): string[] {
  const inline = text.replace(/^```[^]*?^```/gm, '')
  const blocks = [...text.matchAll(/^```\n([^]*?)^```/gm)].map(([, block = '']) => block)
  const words = [
    ...[...inline.matchAll(/`([^`\n]+)`/g)].map(([, word = '']) => word),
    ...blocks.flatMap((block) => block.match(/[\w./-]+\.ts\b/g) ?? []),
  ]
  return words.filter((word) => {
    if (word.startsWith('<') || word.startsWith('/')) return false
    const isFolder =
      /^[\w<>{},*./-]+$/.test(word) && word.includes('/') && beginnings.has(word.split('/')[0] ?? '')
    return codeFile.test(word) || isFolder
  })
}

const sources = /\.(?:ts|mjs|vue|py|json)$/

/** The names in all programs of the project, and in its JSON files. */
export const namesInCode = (): ReadonlySet<string> =>
  new Set(
    filesOfProject
      .filter((path) => sources.test(path))
      .flatMap((path) => readFileSync(path, 'utf8').match(/[A-Za-z_]\w*/g) ?? []),
  )

/** The words of a document in `code` that look like a name in a program: two words or more, as in `planDeploy` or `planDeploy()`. */
export const codeNamesIn = ({ text }: Document): string[] =>
  [...text.matchAll(/`([a-z]\w*[A-Z]\w*)(?:\(\))?`/g)].map(([, name = '']) => name)

/** Whether the project has this file or folder; it may be named by the end of its path. */
export function isInProject(word: string): boolean {
  const form = word
    .replace(/\/$/, '')
    .replace(/\./g, String.raw`\.`)
    .replace(/<[^>]+>/g, '[^/]+')
    .replace(/\*/g, '[^/]*')
    .replace(/\{([^}]+)\}/g, (_, names: string) => `(?:${names.replaceAll(',', '|')})`)
  const beginning = word.startsWith('.') ? '' : '(?:^|/)'
  const wanted = new RegExp(String.raw`${beginning}${form}(?:\.ts)?$`)
  return (
    filesOfProject.some((path) => wanted.test(path)) ||
    [...foldersOfProject].some((path) => wanted.test(path))
  )
}

/** How many words a document has. Signs between them, such as those of a table, are none. */
export const wordsOf = ({ text }: Document) => text.match(/\S*[\p{L}\p{N}]\S*/gu)?.length ?? 0

/** The headings of a document, as its links name them. */
export const anchorsOf = ({ text }: Document) =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  )

/** The links of a document that lead to other files of the project, or to another place in it. */
export const linksIn = ({ text }: Document) =>
  [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
