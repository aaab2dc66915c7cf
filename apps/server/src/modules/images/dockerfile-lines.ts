import type { Words } from '../../lib/words.ts'

/** An instruction of a Dockerfile, with the number of the line that it begins in. */
export type Instruction = { line: number; name: string; rest: string }

/** A line of a Dockerfile that is not built, and why. */
export type RefusedLine = { line: number; text: string; why: Words }

const shownAtMost = 200

/** Describes an instruction that is not built. Pure. */
export const refusedLine = ({ line, name, rest }: Instruction, why: Words): RefusedLine => ({
  line,
  text: `${name} ${rest}`.slice(0, shownAtMost),
  why,
})

const otherEscape: Words = {
  zh: '续行符只能是反斜杠。请删去 escape 指令',
  en: 'only a backslash continues a line. Remove the escape directive',
}
const unusualSpace: Words = {
  zh: '它含有控制字符，或普通空格与制表符以外的空白',
  en: 'it has a control character, or a space other than the usual one',
}
const twoBackslashes: Words = {
  zh: '它以两个反斜杠结尾，各版本的 Docker 对此的理解不同。请改写行尾',
  en: 'it ends with two backslashes, which not all versions of Docker read in the same way. End it in another way',
}

const isComment = (line: string): boolean => /^[ \t]*#/.test(line)

/** Why a line could mean something else to Docker than to the platform; null if it cannot. */
function whyUnclear(line: string): Words | null {
  if (isComment(line)) return /^[ \t]*#\s*escape\s*=\s*(?!\\\s*$)/i.test(line) ? otherEscape : null
  if (/[^\S \t]|(?!\t)\p{Cc}/u.test(line)) return unusualSpace
  return /\\\\[ \t]*$/.test(line) ? twoBackslashes : null
}

const linesOf = (text: string): string[] =>
  text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map((line) => line.replace(/(?<!\r)\r+$/, ''))

/**
 * The lines that versions of Docker read in different ways. Without them, {@link instructionsOf} finds the instructions that Docker
 * finds. Pure.
 */
export const unclearLines = (text: string): RefusedLine[] =>
  linesOf(text).flatMap((line, index) => {
    const why = whyUnclear(line)
    return why === null ? [] : [{ line: index + 1, text: line.trim().slice(0, shownAtMost), why }]
  })

/**
 * The instructions of a Dockerfile. As in Docker, comments and empty lines between continued lines are left out, and nothing comes
 * between the joined parts. Pure.
 */
export function instructionsOf(text: string): Instruction[] {
  const found: Instruction[] = []
  let begun: { line: number; text: string } | null = null
  const end = () => {
    if (begun === null) return
    const [, name = '', rest = ''] = /^\s*(\S+)\s*([\s\S]*)$/.exec(begun.text) ?? []
    if (name !== '') found.push({ line: begun.line, name: name.toUpperCase(), rest: rest.trim() })
    begun = null
  }
  for (const [index, line] of linesOf(text).entries()) {
    if (isComment(line) || line.trim() === '') continue
    begun ??= { line: index + 1, text: '' }
    const continued = /^(.*)\\[ \t]*$/.exec(line)
    begun.text += continued?.[1] ?? line
    if (continued === null) end()
  }
  end()
  return found
}
