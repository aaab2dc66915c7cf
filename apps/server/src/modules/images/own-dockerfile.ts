import type { Words } from '../../lib/words.ts'

/** A line of a Dockerfile that is not built, and why. */
export type RefusedLine = { line: number; text: string; why: Words }

type Instruction = { line: number; name: string; rest: string }

const shownAtMost = 200

/** The instructions of a Dockerfile, with the numbers of the lines that they begin in. Comments and continued lines are as in its reference. */
export function instructionsOf(text: string): Instruction[] {
  const lines = text.split(/\r?\n/)
  const escape = /^#\s*escape\s*=\s*`\s*$/im.test(lines.slice(0, 3).join('\n')) ? '`' : '\\'
  const found: Instruction[] = []
  let begun: { line: number; parts: string[] } | null = null
  for (const [index, line] of lines.entries()) {
    if (/^\s*#/.test(line) || (begun === null && line.trim() === '')) continue
    begun ??= { line: index + 1, parts: [] }
    const goesOn = line.trimEnd().endsWith(escape)
    begun.parts.push(goesOn ? line.trimEnd().slice(0, -1) : line)
    if (goesOn && index < lines.length - 1) continue
    const [, name = '', rest = ''] = /^\s*(\S+)\s*([\s\S]*)$/.exec(begun.parts.join(' ')) ?? []
    found.push({ line: begun.line, name: name.toUpperCase(), rest: rest.trim() })
    begun = null
  }
  return found
}

const insecure: Words = {
  zh: '它要求在没有安全限制的容器里构建',
  en: 'it asks for a build without the walls of a container',
}
const network: Words = {
  zh: '它要求使用本机的网络',
  en: 'it asks for the network of the machine',
}
const secrets: Words = {
  zh: '它要求构建时拿到本机的密钥',
  en: 'it asks for secrets or keys of the machine in the build',
}
const buildKit: Words = {
  zh: '它需要 BuildKit，平台不用 BuildKit 构建。请改写成普通的 RUN 或 COPY',
  en: 'it needs BuildKit, with which the platform does not build. Write it as a plain RUN or COPY',
}
const fetched: Words = {
  zh: 'ADD 网址由 Docker 服务自己下载，不受构建网络的限制。请改用 RUN curl，或把文件放进算法包',
  en: 'the Docker daemon itself fetches what ADD names by an address, past the limits of the network of builds. Use RUN curl, or put the file into the package',
}

/** The flags of an instruction, which stand before everything else. */
const flagsOf = (rest: string): string[] => {
  const flags: string[] = []
  for (const word of rest.split(/\s+/)) {
    if (!word.startsWith('--')) break
    flags.push(word.toLowerCase())
  }
  return flags
}

function whyRefused({ name, rest }: Pick<Instruction, 'name' | 'rest'>): Words | null {
  if (name === 'ONBUILD') {
    const [, inner = '', after = ''] = /^(\S+)\s*([\s\S]*)$/.exec(rest) ?? []
    return whyRefused({ name: inner.toUpperCase(), rest: after })
  }
  const flags = flagsOf(rest)
  if (name === 'ADD') return /(^|[\s"'])(https?|ftp|git|ssh):\/\/|(^|[\s"'])git@/i.test(rest) ? fetched : null
  if (name !== 'RUN') return null
  if (flags.some((flag) => flag.startsWith('--security'))) return insecure
  if (flags.some((flag) => /^--network=(?!default$|none$)/.test(flag))) return network
  if (flags.some((flag) => /^--mount=.*\btype=(ssh|secret)\b/.test(flag))) return secrets
  return flags.length > 0 || /^<<-?["']?\w/.test(rest) ? buildKit : null
}

/** The lines of a package's own Dockerfile that ask for more than a build is given. Pure. */
export const refusedLines = (text: string): RefusedLine[] =>
  instructionsOf(text).flatMap((one) => {
    const why = whyRefused(one)
    return why === null
      ? []
      : [{ line: one.line, text: `${one.name} ${one.rest}`.slice(0, shownAtMost), why }]
  })
