/** Names of files and folders that say nothing about their content. */
const placeholders = new Set([
  'ai algorithm',
  'algorithm',
  'app',
  'archive',
  'code',
  'files',
  'folder',
  'index',
  'main',
  'model',
  'new folder',
  'package',
  'predict',
  'predictor',
  'project',
  'server',
  'source',
  'src',
  'untitled',
  'untitled folder',
  'upload',
  '代码',
  '包',
  '压缩包',
  '新建文件夹',
  '模型',
  '算法',
  '算法包',
  '项目',
])

/**
 * Whether a name says nothing about the algorithm: `ai_algorithm`, `main`, `app`, also with the number of a
 * copy at the end.
 */
export function isPlaceholder(name: string): boolean {
  const words = name
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
  return words === '' || placeholders.has(words.replace(/ \d{1,3}$/, ''))
}

/** What a docstring says: a title, and the paragraph that it begins with. The title is not `certain` if it is only the beginning of a sentence. */
export type Docstring = { title: string; certain: boolean; about: string }

/** The part of a docstring that is read, in characters. Packages can be hostile. */
const readAtMost = 2000
const aboutAtMost = 500
/** How long a title may be: a Han character counts 1, any other word 3. */
const widestTitle = 20
/** The characters of the beginning of a sentence, where there is no title in it. */
const beginningAtMost = 30

const withoutMarks = (line: string): string =>
  line
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ')
    .replaceAll(/`|\*\*/g, '')
    .replaceAll(/\s+/g, ' ')
    .replace(/^[\s#=*~-]+/, '')
    .replace(/(?<![\s=~-])[\s=~-]+$/, '')

const hasWords = (line: string): boolean => /[\p{L}\p{N}]/u.test(line)

/** The lines of the first paragraph, without the lines about parameters. */
function firstParagraph(docstring: string): string[] {
  const lines = docstring.slice(0, readAtMost).split('\n')
  const begins = lines.findIndex((line) => hasWords(withoutMarks(line)))
  if (begins < 0) return []
  const rest = lines.slice(begins)
  const ends = rest.findIndex(
    (line, at) => at > 0 && (!hasWords(withoutMarks(line)) || /^\s*(?:[:@>*-]|\w+:\s*$)/.test(line)),
  )
  return (ends < 0 ? rest : rest.slice(0, ends)).map(withoutMarks)
}

/** Lines of one text. Between Chinese characters there is no space. */
const joined = (lines: readonly string[]): string =>
  lines.join(' ').replaceAll(/(?<=[\p{Script=Han}，。；：、]) (?=\p{Script=Han})/gu, '')

/** A text without its final full stop. */
export const withoutStop = (text: string): string => text.replace(/(?<![\s.。])[\s.。]+$/, '')

/** Openings of sentences that say only that this is code. */
const openings = [
  /^(?:this|the) (?:algorithm|class|code|file|model|module|package|program|script|service)(?: (?:is|implements|provides|contains|defines))?\s+/i,
  /^(?:an?|the) (?=\S)/i,
  /^(?:这是|本(?:算法|模型|模块|脚本|程序|文件|服务)(?:是|实现|提供|用于)?)(?:了|一个|一种)*/u,
]
/** Where the name of something ends and what is said about it begins. */
const breaks = /[，。；：！？（]|[,;:.!?](?=\s|$)|\s(?:[-–—(]|that\b|which\b|who\b|where\b)|——/u
/** A beginning of a sentence that names nothing. */
const condition =
  /^(?:given|for|from|in|on|if|when|with|it|we|you|给定|对于|根据|如果|当|输入)(?:\b|(?=\p{Script=Han}))/iu

const widthOf = (text: string): number =>
  (text.match(/\p{Script=Han}/gu)?.length ?? 0) +
  3 * text.split(/[\s\p{Script=Han}]+/u).filter(hasWords).length

const withCapital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)

/** The name in a sentence: “This is a counter of people, which …” is a “Counter of people”. Null if it has none. */
function nameIn(sentence: string): string | null {
  let rest = sentence
  for (const opening of openings) rest = rest.replace(opening, '')
  const name = (rest.split(breaks)[0] ?? '').trim()
  if (!hasWords(name) || isPlaceholder(name) || widthOf(name) > widestTitle) return null
  if (name !== sentence && condition.test(name)) return null
  return rest === sentence ? name : withCapital(name)
}

/** The first words of a sentence, or its first characters where it has no spaces. */
function beginningOf(sentence: string): string {
  const letters = Array.from(sentence)
  if (letters.length <= beginningAtMost) return sentence
  const cut = letters.slice(0, beginningAtMost - 1).join('')
  return `${cut.replace(/(?<!\s)\s+\S*$/, '').trimEnd()}…`
}

/**
 * Makes a title from a docstring. A first line that is short is the title, without heading marks and the final full stop; of a sentence it
 * is the name that the sentence begins with. Null if nothing is left, or only a name without meaning.
 */
export function readDocstring(docstring: string | null): Docstring | null {
  const lines = firstParagraph(docstring ?? '')
  const [first = '', second = ''] = lines
  if (first === '' || isPlaceholder(first.replace(/\.py$/, ''))) return null
  // A second line that begins with a small letter goes on with the sentence.
  const text = joined(/^\p{Ll}/u.test(second) ? lines : [first])
  const line = withoutStop(text)
  const isTitle = !breaks.test(line) && widthOf(line) <= widestTitle
  const name = isTitle ? line : nameIn(line)
  const title = name ?? beginningOf(line)
  const about = Array.from(joined(lines)).slice(0, aboutAtMost).join('')
  return { title, certain: name !== null, about }
}
