import { z } from 'zod'
import { isSamePlatform } from '../../adapters/docker/image-platform.ts'
import type { Words } from '../../lib/words.ts'
import {
  instructionsOf,
  refusedLine,
  unclearLines,
  type Instruction,
  type RefusedLine,
} from './dockerfile-lines.ts'
import {
  firstStages,
  foreignImage,
  noteStage,
  resolved,
  type ImageRules,
  type Stages,
} from './own-dockerfile-images.ts'

/** All that Docker knows. It finds them whatever their case, by rules for letters that are not JavaScript's. */
const known: ReadonlySet<string> = new Set(
  'ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR'.split(
    ' ',
  ),
)

const unknown: Words = { zh: 'Docker 没有这个指令', en: 'Docker has no such instruction' }
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
const asStep: Words = {
  zh: '#(nop) 是 Docker 给自己的步骤作的记号。用它写的命令会被当成别的镜像的某一步，从缓存里取用。请删去',
  en: 'Docker marks its own steps with #(nop), and would take this command for a step of somebody else’s image that it has in its cache. Remove it',
}
const buildKit: Words = {
  zh: '它需要 BuildKit，平台不用 BuildKit 构建。请改写成普通的 RUN 或 COPY',
  en: 'it needs BuildKit, with which the platform does not build. Write it as a plain RUN or COPY',
}
const fetched: Words = {
  zh: 'ADD 网址由 Docker 服务自己下载，不受构建网络的限制。请改用 RUN curl，或把文件放进算法包',
  en: 'the Docker daemon itself fetches what ADD names by an address, past the limits of the network of builds. Use RUN curl, or put the file into the package',
}
const notPlain: Words = {
  zh: 'ADD 的来源只能直接写出算法包里的路径，不能有变量、引号、反斜杠、冒号，选项只能是 --chown 与 --chmod。请改用 COPY',
  en: 'the sources of ADD must be plain paths in the package, without variables, quotes, backslashes and colons, and its options --chown and --chmod alone. Use COPY',
}
const unclearOptions: Words = {
  zh: '它的选项里有引号或反斜杠，请去掉',
  en: 'its options have quotes or backslashes. Leave these out',
}

const twoPlatforms: Words = {
  zh: '同一个镜像在这个文件里用了两种 --platform。请只用一种',
  en: 'the file uses this image for two platforms. Use one',
}

/** Why an image is no base that has builds run instructions of its own. */
export const withTriggers: Words = {
  zh: '这个镜像带有 ONBUILD 指令，会在构建中执行，而平台看不到它们是否越界。请使用没有 ONBUILD 的镜像，把需要的指令写进 Dockerfile',
  en: 'this image has instructions of its own run in every build that is based on it (ONBUILD), and the limits of a Dockerfile could not be kept. Use an image without any, and write what you need into the Dockerfile',
}

/** Why a Dockerfile is not built that is too long to be read. */
export const tooLong: Words = { zh: '这个文件超过 1 MiB', en: 'the file is longer than 1 MiB' }

/** The options of an instruction, which come first, and the rest. */
function optionsOf(text: string): { options: string[]; rest: string } {
  const [leading = ''] = /^(?:--\S*(?:\s+|$))*/.exec(text) ?? []
  return { options: leading.split(/\s+/).filter((word) => word !== ''), rest: text.slice(leading.length) }
}

const escaped = /\\u([0-9a-f]{4})/gi

/**
 * Whether a command looks like a step of the builder itself: it knows those of earlier builds by such texts. One that does nothing would
 * stand in its cache for a step that copies files, and be taken for it in the image of whoever has that step after the same ones. Pure.
 */
const looksLikeStep = (command: string): boolean =>
  command
    .replaceAll(escaped, (_whole, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
    .includes('#(nop)')

const whyRunRefused = (text: string): Words | null => {
  if (looksLikeStep(text)) return asStep
  const options = optionsOf(text).options.map((option) => option.toLowerCase())
  if (options.some((option) => option.startsWith('--security'))) return insecure
  if (options.some((option) => /^--network=(?!default$|none$)/.test(option))) return network
  if (options.some((option) => /^--mount=.*\btype=(ssh|secret)\b/.test(option))) return secrets
  return options.length > 0 ? buildKit : null
}

const words = z.array(z.string())

/** The sources and the destination of an `ADD`; null if they are not certain. */
function pathsOf(rest: string): string[] | null {
  if (!rest.startsWith('[')) return rest.split(/\s+/)
  try {
    const parsed = words.safeParse(JSON.parse(rest))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}

/** Everything that is no plain path is refused: Docker replaces variables, quotes and escapes before it looks for an address. */
function whyAddRefused(text: string): Words | null {
  if (/(^|[\s"'])((https?|ftp|git|ssh):\/\/|git@)/i.test(text)) return fetched
  const { options, rest } = optionsOf(text)
  const paths = pathsOf(rest)
  const isPlain =
    options.every((option) => /^--(chown|chmod)=[\w:.-]+$/.test(option)) &&
    paths !== null &&
    paths.slice(0, -1).every((path) => /^[\p{L}\p{N}._/*?+-]+$/u.test(path)) &&
    paths.slice(-1).every((path) => /^[^\\"'`]+$/.test(path))
  return isPlain ? null : notPlain
}

/** What may copy from images and bring files in its own text. */
function whyFilesRefused({ name, rest }: Omit<Instruction, 'line'>, stages: Stages): Words | null {
  if (/(?<!<)<<(?!<)/.test(rest)) return buildKit
  if (name === 'RUN') return whyRunRefused(rest)
  if (name === 'ADD') return whyAddRefused(rest)
  const { options } = optionsOf(rest)
  if (options.some((option) => /[\\"'`]/.test(option))) return unclearOptions
  const from = options.flatMap((option) => /^--from=(.*)$/i.exec(option)?.[1] ?? [])
  return from.map((image) => foreignImage(image, stages, 'copied')).find((why) => why !== null) ?? null
}

function whyRefused({ name, rest }: Omit<Instruction, 'line'>, stages: Stages): Words | null {
  if (!known.has(name)) return unknown
  if (name === 'SHELL' && looksLikeStep(rest)) return asStep
  if (name === 'ONBUILD') {
    const [, inner = '', after = ''] = /^(\S+)\s*([\s\S]*)$/.exec(rest) ?? []
    return whyRefused({ name: inner.toUpperCase(), rest: after }, stages)
  }
  if (name === 'FROM') {
    const { options, rest: image } = optionsOf(rest)
    if (options.some((option) => /[\\"'`]/.test(option))) return unclearOptions
    return foreignImage(image.split(/\s+/)[0] ?? '', stages, 'based')
  }
  return ['RUN', 'ADD', 'COPY'].includes(name) ? whyFilesRefused({ name, rest }, stages) : null
}

/** The lines of a package's own Dockerfile that ask for more than a build is given, or than `rules` allow. Pure. */
export function refusedLines(text: string, rules: Partial<ImageRules> = {}): RefusedLine[] {
  const unclear = unclearLines(text)
  // It is not known what such a line hides.
  if (unclear.length > 0) return unclear
  const stages = firstStages(rules)
  const refused = instructionsOf(text).flatMap((one) => {
    const why = whyRefused(one, stages)
    noteStage(one, stages)
    return why === null ? [] : [refusedLine(one, why)]
  })
  return refused.length > 0 ? refused : mixedPlatforms(text)
}

/** An image of a registry that a Dockerfile is based on. `platform` is null where it names none. */
export type BaseImage = { name: string; platform: string | null; instruction: Instruction }

/** The images that a Dockerfile without refused lines is based on, as Docker finds them. Pure. */
export function basesOf(text: string): BaseImage[] {
  const stages = firstStages()
  const bases: BaseImage[] = []
  for (const instruction of instructionsOf(text)) {
    const { options, rest } = optionsOf(instruction.rest)
    const [image = ''] = rest.split(/\s+/)
    const name = resolved(image, stages)
    const isImage = !stages.names.has(name.toLowerCase()) && name.toLowerCase() !== 'scratch'
    if (instruction.name === 'FROM' && isImage) {
      const stated = options.flatMap((option) => /^--platform=(.*)$/i.exec(option)?.[1] ?? [])[0] ?? ''
      // A variable without a value is none for Docker.
      const platform = resolved(stated, stages).replaceAll('$', '')
      bases.push({ name, platform: platform === '' ? null : platform, instruction })
    }
    noteStage(instruction, stages)
  }
  return bases
}

/**
 * The first image that the file is based on for two platforms: which of the two is here would change while it is built. Each image is
 * compared with those before once, because a file may have a hundred thousand. Pure.
 */
function mixedPlatforms(text: string): RefusedLine[] {
  const platforms = new Map<string, string | null>()
  for (const { name, platform, instruction } of basesOf(text)) {
    const before = platforms.get(name)
    if (before !== undefined && !isSamePlatform(before, platform))
      return [refusedLine(instruction, twoPlatforms)]
    platforms.set(name, platform)
  }
  return []
}
