import { posix } from 'node:path'
import { withoutComment } from '../../lib/without-comment.ts'

/** A line of a requirements file, with the lines that it continues on. `line` is the number of its first, from 1. */
export type LogicalLine = { text: string; line: number }

/** What a line of a requirements file asks for. */
export type RequirementLine =
  /** Another requirements file that is read here. */
  | { kind: 'include'; path: string }
  /** A file that limits versions and installs nothing. */
  | { kind: 'constraint'; path: string }
  /** A distribution of an index, or of an address. `name` is as indexes compare it; "" if the line shows none. */
  | { kind: 'package'; name: string; isPinned: boolean }
  /** A file or folder. `suffix` is what follows it: extras, markers, hashes. */
  | { kind: 'local'; path: string; suffix: string }
  /** A folder in which distributions are searched. */
  | { kind: 'find-links'; path: string }
  | { kind: 'option' }

// More than any real file has. Packages can be hostile.
const linesAtMost = 20_000
/** The longest line, in characters. Longer ones are cut. Even a line with the hashes of all files of a package is shorter. */
const longestLine = 50_000

/** What a joined line asks for. */
const asked = (joined: string): string => withoutComment(joined).slice(0, longestLine).trim()

/** What pip may take for the end of a line, as Python does: control characters and separators, without the tab. */
const lineBreak = /(?!\t)[\p{Cc}\p{Zl}\p{Zp}]/u
/** Whether a text would be several lines of a requirements file. Pure. */
export const hasLineBreak = (text: string): boolean => lineBreak.test(text.trim())

/** The lines of a requirements file without comments and blank lines, joined where they are continued. */
export function logicalLines(source: string): LogicalLine[] {
  const found: LogicalLine[] = []
  let [begun, first] = ['', 0]
  for (const [index, raw] of source.split(/\r\n?|\n/, linesAtMost).entries()) {
    const isComment = /^\s*#/.test(raw)
    const isContinued = raw.endsWith('\\') && !isComment
    if (begun === '') first = index + 1
    if (!isComment) begun += ` ${(isContinued ? raw.slice(0, -1) : raw).trim()}`
    if (isContinued) continue
    const text = asked(begun)
    if (text !== '') found.push({ text, line: first })
    begun = ''
  }
  const last = asked(begun)
  return last === '' ? found : [...found, { text: last, line: first }]
}

/** The name of a distribution, as package indexes compare it. */
export const distributionName = (name: string): string => name.toLowerCase().replaceAll(/[-_.]+/g, '-')

const isAddress = (text: string) => /^[a-z][a-z0-9+.-]*:\/\//i.test(text) && !text.startsWith('file:')
const withoutScheme = (text: string) => text.replace(/^file:(\/\/(localhost)?(?=\/))?/, '')

/** The value of an option that is written in one of its forms. Null for another one. */
function optionOf(text: string, short: string, long: string): string | null {
  const match = new RegExp(
    `^(?:-${short}(?:\\s+|=)?|--${long}(?:\\s+|=))(?:"([^"]+)"|'([^']+)'|(\\S+))`,
  ).exec(text)
  return match ? (match[1] ?? match[2] ?? match[3] ?? null) : null
}

const isArchive = (path: string) => /\.(whl|zip|tar\.gz|tar\.bz2|tgz)$/i.test(path)

/** A path, with extras, markers or hashes after it. */
function localPath(text: string): { path: string; suffix: string } | null {
  const [, written = '', suffix = ''] = /^([^\s;[\]]+)(.*)$/s.exec(text) ?? []
  const path = withoutScheme(written)
  const isPath = written.startsWith('file:') || /^\.{0,2}\//.test(path) || path === '.' || path === '..'
  return isPath || isArchive(path) || (path.includes('/') && !path.includes('@')) ? { path, suffix } : null
}

/** What one line of a requirements file asks for. Pure. */
export function parseRequirement(text: string): RequirementLine {
  const include = optionOf(text, 'r', 'requirement')
  if (include !== null) return { kind: 'include', path: include }
  const constraint = optionOf(text, 'c', 'constraint')
  if (constraint !== null)
    return isAddress(constraint) ? { kind: 'option' } : { kind: 'constraint', path: constraint }
  const links = optionOf(text, 'f', 'find-links')
  if (links !== null)
    return isAddress(links) ? { kind: 'option' } : { kind: 'find-links', path: withoutScheme(links) }
  const editable = optionOf(text, 'e', 'editable')
  if (editable === null && text.startsWith('-')) return { kind: 'option' }
  const wanted = editable === null ? text : text.replace(/^(-e|--editable)[\s=]*/, '')
  // No two repetitions side by side can match the same: the time is that of reading the line once.
  const [, , rest = ''] = /^([\w.-]+\s*(?:\[[^\]]*\]\s*)?)@\s*(\S.*)$/s.exec(wanted) ?? []
  const place = rest === '' ? wanted : rest
  const local = isAddress(place) ? null : localPath(place)
  if (
    local &&
    (editable !== null ||
      rest !== '' ||
      !/^[\w.-]+$/.test(local.path) ||
      isArchive(local.path) ||
      /^\.+$/.test(local.path))
  )
    return { kind: 'local', path: local.path, suffix: local.suffix }
  const named =
    /[#&]egg=([\w.-]+)/.exec(wanted)?.[1] ?? /^[\w.-]+/.exec(isAddress(wanted) ? '' : wanted)?.[0] ?? ''
  return {
    kind: 'package',
    name: distributionName(named),
    isPinned: /===?\s*[\w.]/.test(wanted) || isAddress(place),
  }
}

/** Joins a folder of the package and a path in it. Null if that is outside of the package or of another machine. */
export function pathIn(folder: string, path: string): string | null {
  if (path.startsWith('/') || /^[A-Za-z]:|\\/.test(path)) return null
  const joined = posix.normalize(posix.join(folder, path)).replace(/\/$/, '')
  if (joined === '.') return ''
  return joined === '..' || joined.startsWith('../') ? null : joined
}
