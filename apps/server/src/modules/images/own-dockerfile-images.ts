import { registryOf } from '../../adapters/docker/image-reference.ts'
import { isPublicAddress } from '../../lib/public-address.ts'
import type { Words } from '../../lib/words.ts'
import { isAllowedImage } from './allowed-images.ts'
import type { Instruction } from './dockerfile-lines.ts'

/** What a Dockerfile has said up to one of its lines. */
export type Stages = {
  /** The registries that the administrator has named, wherever they are. */
  registries: ReadonlySet<string>
  count: number
  names: Set<string>
  /** The name of the stage of this line. */
  current: string | null
  /** The stages with `ONBUILD` instructions, which run in every stage that is based on them. */
  triggering: Set<string>
  /** The variables that names of images may have. */
  variables: Set<string>
  /** Their defaults; null for one that is not clear. Those without one are left out. */
  defaults: Map<string, string | null>
  /** The images that it may name, see `allowed-images.ts`. Null for all. */
  allowed: readonly string[] | null
}

/** What administrators say about the images that Dockerfiles may name. */
export type ImageRules = {
  /** The registries that they have named, which may be anywhere. */
  registries: readonly string[]
  /** The images that a Dockerfile may name, see `allowed-images.ts`. Null for all. */
  allowed: readonly string[] | null
}

/** What is known of the stages before the first line of a Dockerfile is read. */
export const firstStages = ({ registries = [], allowed = null }: Partial<ImageRules> = {}): Stages => ({
  registries: new Set(registries),
  count: 0,
  names: new Set(),
  current: null,
  triggering: new Set(),
  variables: new Set(),
  defaults: new Map(),
  allowed,
})

/** Notes the default of a variable. One that is stated twice, or with what a shell would replace, is not clear. */
function noteDefault(word: string, { variables, defaults }: Stages): void {
  const [, name, , value] = /^(\w+)=(["']?)([\w.:/@-]*)\2$/.exec(word) ?? []
  const variable = name ?? /^\w*/.exec(word)?.[0] ?? ''
  const isKnown = variables.has(variable)
  variables.add(variable)
  if (isKnown) defaults.set(variable, null)
  else if (word !== variable) defaults.set(variable, value ?? null)
}

/** Notes a stage, or the variables that the lines `FROM` may use: only those before the first stage are replaced there. */
export function noteStage({ name, rest }: Instruction, stages: Stages): void {
  if (name === 'ARG' && stages.count === 0) for (const word of rest.split(/\s+/)) noteDefault(word, stages)
  if (name === 'ONBUILD' && stages.current !== null) stages.triggering.add(stages.current)
  if (name !== 'FROM') return
  stages.count += 1
  stages.current = /\sas\s+(\S+)$/i.exec(rest)?.[1]?.toLowerCase() ?? null
  if (stages.current !== null) stages.names.add(stages.current)
}

const ofService: Words = {
  zh: '它使用本平台某个服务的镜像。请使用镜像仓库里的镜像',
  en: 'it uses the image of a service of this platform. Use an image of a registry',
}
const insideRegistry: Words = {
  zh: '它的镜像仓库在本机或内部网络，而 Docker 服务会用它自己的网络去访问，不受构建网络的限制。请使用公网的镜像仓库，或请管理员把它写入 containers.registry 或 containers.base_images',
  en: 'its registry is this machine or in a private network, and the Docker daemon itself would ask it, past the limits of the network of builds. Use a public registry, or ask an administrator to name it in containers.registry or containers.base_images',
}
const triggeringStage: Words = {
  zh: '这个阶段带有 ONBUILD 指令，会在这里执行。平台不构建会执行 ONBUILD 的 Dockerfile：请把这些指令写在这一行之后',
  en: 'this stage has instructions of its own run here (ONBUILD), and the platform builds nothing that runs such. Write them after this line',
}
const unclearImage: Words = {
  zh: '看不出它用的是哪个镜像。请直接写出镜像名，或用文件开头一个 ARG 的默认值；不能用镜像 id、引号和反斜杠',
  en: 'it is not clear which image it uses. State its name, or the default of an ARG at the top; no id of an image, no quotes and backslashes',
}

/**
 * The name with the defaults of its variables, because builds are given no other values, or with what stands for an empty one or none
 * (`${A:-b}`). What is not clear stays `$`. Pure.
 */
export const resolved = (image: string, { defaults }: Pick<Stages, 'defaults'>): string =>
  image.replaceAll(
    /\$(?:\{(\w+)(?::-([\w./:@-]*))?\}|(\w+))/g,
    (_whole, braced?: string, other?: string, bare?: string) => {
      const value = defaults.get(braced ?? bare ?? '')
      if (value === null) return '$'
      return value || (other ?? value ?? '$')
    },
  )

const notAllowed = (allowed: readonly string[]): Words => ({
  zh: `这里的 Dockerfile 只能使用这些镜像：${allowed.join('、')}。请改用其中之一，或请管理员修改 containers.dockerfile_images`,
  en: `Dockerfiles may name only these images here: ${allowed.join(', ')}. Use one of them, or ask an administrator to change containers.dockerfile_images`,
})

/** An image of a service, here or at a registry that it was pushed to (`tagOf`): its local name is that of the registry, too. */
const isOfService = (name: string): boolean =>
  name.startsWith('vitrine-') || /\/vitrine-[0-9a-f]{12}\//.test(name)

/** Whether a name of a host means something in its own network only: it has no dot, or ends like one of those that no public server has. Pure. */
const isNameInside = (host: string): boolean =>
  !/[.:]/.test(host) || /\.(localhost|internal|local|lan|home\.arpa)$/.test(host)

/** Whether the registry in a name is stated as this machine, or by an address that is not public. Pure. */
function isInside(name: string, { registries }: Pick<Stages, 'registries'>): boolean {
  const registry = registryOf(name)
  if (!name.includes('/') || registries.has(registry)) return false
  // Docker takes a first part without these for the name of somebody at Docker Hub.
  if (!/[.:]/.test(registry) && registry !== 'localhost') return false
  const host = registry.replace(/:\d*$/, '')
  // Whatever ends like an address is read as one by some programs, such as `127.1`.
  const isAddress = /(^|\.)(\d+|0x[0-9a-f]*)$/.test(host)
  return isNameInside(host) || (isAddress && !isPublicAddress(host))
}

/**
 * Why the image that `FROM` or `COPY --from` names is not given; null if it is. Docker takes a local image before one of a registry,
 * so by its name or id a package could read the code of anybody's service. Pure.
 */
export function foreignImage(image: string, stages: Stages, use: 'based' | 'copied'): Words | null {
  const named = resolved(image, stages).toLowerCase()
  // Variables of a base are replaced before it is looked for. A copy takes none.
  const stage = use === 'based' ? named : image.toLowerCase()
  if (use === 'based' && stages.triggering.has(stage)) return triggeringStage
  if (stages.names.has(stage)) return null
  if (use === 'copied' && /^\d+$/.test(image) && Number(image) < stages.count) return null
  const name = named.replace(/^(index\.)?docker\.io\/(library\/)?/, '')
  if (isOfService(name)) return ofService
  if (isInside(named, stages)) return insideRegistry
  const isId = /^(sha256:|[0-9a-f]+$)/.test(name)
  // A variable in the tag cannot lead to another service's image. What an image is based on is looked at before, so that is stated whole.
  const form =
    use === 'copied'
      ? /^[\w./-]+(:[^\\"'`]*|@[\w:]+)?$/
      : /^(?:[\w.-]+(?::\d+)?\/)?[\w./-]+(?::[\w.-]+)?(?:@[\w:]+)?$/
  if (isId || !form.test(name)) return unclearImage
  const isEmpty = use === 'based' && name === 'scratch'
  const { allowed } = stages
  return allowed === null || isEmpty || isAllowedImage(named, allowed) ? null : notAllowed(allowed)
}
