import type { ImageDaemon, MoveEnd, RegistryLogin } from '../../adapters/docker/image-daemon.ts'
import { partsOfName, registryOf } from '../../adapters/docker/image-reference.ts'
import { dockerUnavailable } from '../../adapters/process-runner/process-runner.errors.ts'
import type { Words } from '../../lib/words.ts'
import type { ImageWaiter } from './build-report.ts'
import { tagOf } from './image-names.ts'
import { imageNotPublished } from './images.errors.ts'
import type { StoredImage } from './stored-image.ts'

/** Where images are published. */
export type ImageRegistry = {
  /** Its address, with a path: `registry.example:5000/team`. */
  place: string
  login: RegistryLogin | null
}

/** What sending images to a registry and fetching them from there needs. */
export type RegistryDeps = {
  daemon: Pick<ImageDaemon, 'publish' | 'pull' | 'has'>
  platform: string
  /** The registry of the settings as they are now; null if images stay on their daemon. */
  registry: () => Promise<ImageRegistry | null>
  /** How long an image may be on its way to the registry. */
  timeoutMs: number
  /** How long an image may be on its way back, while somebody waits for an instance. */
  pullTimeoutMs: number
}

type Failure = Extract<MoveEnd, { moved: false }>

/** Why an image could not be sent or fetched. Pure. */
function causeOf(why: Failure['why'], login: RegistryLogin | null): Words {
  if (why === 'timeout')
    return { zh: '它没有在时限内完成，已经停止', en: 'It did not end in time and was ended' }
  if (why !== 'refused') return { zh: '镜像仓库或 Docker 的回答如下', en: 'registry or Docker said' }
  return login === null
    ? {
        zh: '镜像仓库要求登录。请管理员在配置中心填写 containers.registry_user 和 containers.registry_password',
        en: 'the registry asks for a sign-in. An administrator can set containers.registry_user and containers.registry_password in the configuration',
      }
    : {
        zh: `镜像仓库没有接受用户 ${login.username}。请管理员检查 containers.registry_user、containers.registry_password，以及这个用户的权限`,
        en: `the registry did not accept the user ${login.username}. An administrator can check containers.registry_user, containers.registry_password, and what this user may do`,
      }
}

/**
 * Sends the image of a release to the registry of the settings, if there is one, and resolves with the image as it is kept
 * from now on. Throws `deploy.image_not_published`, and `process.docker_unavailable` if the daemon is away.
 */
export async function publishImage(
  deps: RegistryDeps,
  of: { serviceId: string; release: number },
  image: StoredImage,
  { signal, log, report }: ImageWaiter,
): Promise<StoredImage> {
  const registry = await deps.registry()
  if (registry === null) return image
  const name = `${registry.place}/${tagOf(deps.platform, of)}`
  await report({ zh: `推送到 ${name}`, en: `pushing to ${name}` })
  log(`— ${name}`)
  const { login } = registry
  const { timeoutMs } = deps
  const end = await deps.daemon.publish(image.id, { name, login, timeoutMs, signal, onLine: log })
  if (!end.moved && end.why === 'away') throw dockerUnavailable({ why: end.said })
  if (!end.moved)
    throw imageNotPublished({
      name,
      cause: causeOf(end.why, login),
      said: end.said,
      may_pass: end.why !== 'refused',
    })
  const { repo } = partsOfName(name)
  return end.digest === null ? image : { ...image, published: `${repo}@${end.digest}` }
}

/**
 * How to sign in at the registry that has a published image. The login of the settings is only for the registry of the settings:
 * an image can have been published to an earlier one, which must not get today's password. Pure.
 */
const loginFor = (published: string, registry: ImageRegistry | null): RegistryLogin | null =>
  registry !== null && registryOf(registry.place) === registryOf(published) ? registry.login : null

/** The caller that waits for an instance. It is notified if the image must be pulled first. */
export type PullWaiter = { signal: AbortSignal; report?: ImageWaiter['report'] | undefined }

/**
 * Fetches a published image that its daemon has lost, such as by `docker image prune`. Resolves with why it could not be
 * fetched; null if it is there, if it was never published, or if the daemon is away, which the start says itself.
 */
export async function fetchLostImage(
  deps: RegistryDeps,
  { id, published }: StoredImage,
  { signal, report = async () => undefined }: PullWaiter,
): Promise<Words | null> {
  if (published === undefined || (await deps.daemon.has(id).catch(() => true))) return null
  const login = loginFor(published, await deps.registry())
  await report({ zh: `从 ${published} 取回镜像`, en: `pulling the image from ${published}` })
  const { pullTimeoutMs: timeoutMs } = deps
  const end = await deps.daemon.pull({ name: published, login, timeoutMs, signal, onLine: () => undefined })
  if (end.moved)
    await report({ zh: `已经从 ${published} 取回镜像`, en: `pulled the image from ${published}` })
  if (end.moved || end.why === 'away') return null
  const cause = causeOf(end.why, login)
  const said = end.said === '' ? '' : `: ${end.said}`
  return {
    zh: `本机的 Docker 没有这个版本的镜像，也没能从 ${published} 取回：${cause.zh}${said}`,
    en: `Docker has lost the image of this release, and it could not be pulled from ${published}: ${cause.en}${said}`,
  }
}
