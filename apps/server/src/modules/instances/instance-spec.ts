import { dirname, join } from 'node:path'
import type { NetworkPolicy, ResourceLimits, ServiceMode } from '@vitrine/contract'
import type { ProcessSpec } from '../../adapters/process-runner/process-runner.ts'
import type { DataPaths } from '../../lib/paths.ts'
import { imageLayout } from '../images/image-layout.ts'
import type { StoredImage } from '../images/stored-image.ts'
import { logFilesOf, type LogOwner } from './log-names.ts'
import { limitsWithin, type Ceilings } from '../quotas/instance-limits.ts'

/** Settings that all instances of this machine share. */
export type InstanceSettings = {
  paths: DataPaths
  /** The node binary that runs Node packages. */
  nodeFile: string
  /** The folder with the runtimes, `python` and `node`. */
  runtimesFolder: string
  /** The platform's address for instances, which fetch media from it. */
  platformUrl: string
  /** The same for instances in a cluster, whose nodes are other machines. If absent, it is the same. */
  clusterPlatformUrl?: string
  /** How long a process may take to finish its work before it is killed, in milliseconds. */
  stopGraceMs: number
  /** Whether inputs may be given as `{"url"}`. */
  allowUrls: boolean
  /** The limits that no instance exceeds. */
  ceilings: Ceilings
  /** The most of the network that instances reach, and whether a sandbox here can be cut off from it. */
  network: { ceiling: NetworkPolicy; canBeCutOff: boolean }
  /** The socket at which an instance without a network fetches media. */
  mediaSocket: string
  /** What all instances may also read: interpreters outside of the system, and shared folders. */
  readable: readonly string[]
  /** The part of `readable` that people share with algorithms. Containers see it too. */
  sharedFolders?: readonly string[]
}

/** The folders of one service. */
export const serviceFolders = (paths: DataPaths, serviceId: string) => {
  const root = join(paths.services, serviceId)
  return {
    root,
    releases: join(root, 'releases'),
    release: (number: number) => join(root, 'releases', String(number)),
    /** What the build of a release printed. */
    buildLog: (number: number) => join(root, 'builds', `${number}.log`),
    /** What the tests of a pushed commit printed. */
    pipelineLog: (pipelineId: string) => join(root, 'builds', `pipeline-${pipelineId}.log`),
    /** Home and temporary folder of its processes. Only this and `media` are theirs to write to. */
    work: join(root, 'work'),
    /** The media that its processes fetched. */
    media: join(root, 'media'),
  }
}

/** The file that starts a release, in its folder. */
export const startFile = (release: string): string => join(release, 'start.sh')

/**
 * The id of an instance. `number` counts all instances that the release ever had, so that an id is never used
 * twice.
 */
export const instanceId = (serviceId: string, release: number, number: number): string =>
  `${serviceId}-r${release}-${number}`

/** The id of the one temporary instance of a release, which runs without serving. */
export const temporaryInstanceId = (serviceId: string, release: number): string =>
  `${serviceId}-r${release}-c1`

const instanceName = /^(?<serviceId>.+)-r(?<release>\d+)-c?\d+$/

/** The service and release of an instance, from its id. */
export function partsOfInstance(id: string): { serviceId: string; release: number } {
  const { serviceId, release } = instanceName.exec(id)?.groups ?? {}
  if (serviceId === undefined) throw new Error(`${id} is no name of an instance`)
  return { serviceId, release: Number(release) }
}

/** The service of an instance, from its id. Any other name of a process is returned as it is. */
export const serviceOfInstance = (id: string): string => instanceName.exec(id)?.groups?.serviceId ?? id

/** A process that ends sooner than this counts as failed to start, in seconds. */
const startSeconds = 1

/** What an instance sees of the machine in addition to the system. A container has the runtimes and interpreters in its image. */
const viewOf = (
  { paths, runtimesFolder, readable, sharedFolders = [] }: InstanceSettings,
  { work, media }: ReturnType<typeof serviceFolders>,
  {
    own,
    isCutOff,
    image,
    mode,
  }: { own: readonly string[] } & Pick<SpecifiedInstance, 'isCutOff' | 'image' | 'mode'>,
): ProcessSpec['sandbox'] => ({
  // The folders of this machine are not those of a node.
  read:
    mode === 'kubernetes'
      ? []
      : [...own, paths.serviceConfig, ...(image ? sharedFolders : [runtimesFolder, ...readable])],
  write: [work, media],
  ...(isCutOff && { isCutOff }),
})

/** The properties of an instance that decide how it is run. */
type SpecifiedInstance = LogOwner & {
  id: string
  release: number
  token: string
  limits: ResourceLimits
  /** The account of its service. Null for the platform's own. */
  user: ProcessSpec['user']
  /** The folders of what its release needs installed. */
  environment: readonly string[]
  listens: 'port' | 'socket'
  /** What runs it. */
  mode: ServiceMode
  /** What its container is made from; absent or null if it runs on the machine itself. */
  image?: StoredImage | null | undefined
  /** Whether it is alone in a network of its own. */
  isCutOff: boolean
  /** The variables that people have set for its service. */
  variables: Readonly<Record<string, string>>
  /** The revision of the configuration that these are of. */
  configRevision: number
  /** The secret with which the platform sends changed values; null if the instance takes none while it runs. */
  instanceSecret: string | null
}

type Folders = ReturnType<typeof serviceFolders>

/** What an instance on the machine itself has of the release and of the runtimes. */
const machineEnvironment = (
  { nodeFile, runtimesFolder }: InstanceSettings,
  folders: Folders,
  { release }: SpecifiedInstance,
): ProcessSpec['env'] => ({
  // What the package needs is installed here. A start.sh of its own expects it on the path, as in an image.
  PATH: `${join(folders.release(release), 'venv', 'bin')}:${dirname(nodeFile)}:/usr/local/bin:/usr/bin:/bin`,
  PYTHONPYCACHEPREFIX: join(folders.work, 'pycache'),
  VITRINE_RELEASE_FILE: join(folders.release(release), 'vitrine.json'),
  ...runtimeEnvironment(runtimesFolder),
})

// The code that these variables load makes a server without a stated address listen on HOST, not on all addresses of the machine.
const runtimeEnvironment = (folder: string): ProcessSpec['env'] => ({
  PYTHONPATH: join(folder, 'python'),
  NODE_OPTIONS: `--require ${JSON.stringify(join(folder, 'node', 'listen-on-own-address.cjs'))}`,
  VITRINE_RUNTIMES: folder,
})

/** What an instance in a container needs of them: they are in its image, unless the package has made the image itself. */
const imageEnvironment = ({ isOwn }: StoredImage): ProcessSpec['env'] =>
  isOwn
    ? {}
    : {
        // Packages that pip installed are compiled beside their files, and no other file can be written there.
        PYTHONDONTWRITEBYTECODE: '1',
        VITRINE_RELEASE_FILE: join(imageLayout.app, 'vitrine.json'),
        ...runtimeEnvironment(imageLayout.runtimes),
      }

/** Whether it reaches the platform by a socket alone. */
const usesSocket = ({ isCutOff, image, mode }: SpecifiedInstance): boolean =>
  mode !== 'kubernetes' && (isCutOff || Boolean(image))

/** The nodes of a cluster are other machines. */
const platformUrlOf = (
  { platformUrl, clusterPlatformUrl = platformUrl }: InstanceSettings,
  { mode }: SpecifiedInstance,
): string => (mode === 'kubernetes' ? clusterPlatformUrl : platformUrl)

/** The complete environment of an instance, but for the address to listen on. */
const environmentOf = (
  settings: InstanceSettings,
  folders: Folders,
  instance: SpecifiedInstance,
): ProcessSpec['env'] => ({
  // First, so that nothing of what follows can be replaced by them.
  ...instance.variables,
  ...(instance.image ? imageEnvironment(instance.image) : machineEnvironment(settings, folders, instance)),
  HOME: folders.work,
  TMPDIR: folders.work,
  // The account has no name in /etc/passwd, so programs get one here.
  USER: instance.serviceId,
  LOGNAME: instance.serviceId,
  LANG: 'C.UTF-8',
  PYTHONUNBUFFERED: '1',
  ...(instance.mode !== 'kubernetes' && { VITRINE_CONFIG_DIR: settings.paths.serviceConfig }),
  VITRINE_SERVICE: instance.serviceId,
  VITRINE_INSTANCE: instance.id,
  VITRINE_PLATFORM_URL: platformUrlOf(settings, instance),
  // The platform's address is one of the machine, which is another one in a container.
  ...(usesSocket(instance) && { VITRINE_PLATFORM_SOCKET: settings.mediaSocket }),
  VITRINE_TOKEN: instance.token,
  VITRINE_MEDIA_DIR: folders.media,
  VITRINE_CONFIG_REVISION: String(instance.configRevision),
  ...(instance.instanceSecret !== null && { VITRINE_CONFIG_KEY: instance.instanceSecret }),
  ...(settings.allowUrls && { VITRINE_ALLOW_URLS: '1' }),
})

/** What an instance starts: the start script of its release, or what its image says. */
function startOf(
  folder: string,
  { image, mode }: Pick<SpecifiedInstance, 'image' | 'mode'>,
): Pick<ProcessSpec, 'file' | 'args' | 'cwd' | 'image'> {
  if (!image) return { file: startFile(folder), args: [], cwd: folder }
  const [file = '', ...args] = image.command
  // A node pulls it from the registry; without a name there, the driver refuses it.
  return { file, args, cwd: image.folder, image: mode === 'kubernetes' ? image.published : image.id }
}

/**
 * How one instance is run. Pure. The process sees only this environment and the address to listen on, which
 * its runner adds.
 */
export function instanceSpec(settings: InstanceSettings, instance: SpecifiedInstance): ProcessSpec {
  const folders = serviceFolders(settings.paths, instance.serviceId)
  const folder = folders.release(instance.release)
  const isTemporary = instance.id === temporaryInstanceId(instance.serviceId, instance.release)
  return {
    id: instance.id,
    // A temporary instance runs without serving, so it stands in for no other.
    ...(!isTemporary && { group: instance.serviceId }),
    ...startOf(folder, instance),
    env: environmentOf(settings, folders, instance),
    listens: instance.listens,
    ...logFilesOf(settings.paths, instance),
    startSeconds,
    stopGraceMs: settings.stopGraceMs,
    user: instance.user,
    limits: limitsWithin(settings.ceilings, instance.limits),
    sandbox: viewOf(settings, folders, {
      isCutOff: instance.isCutOff,
      image: instance.image,
      mode: instance.mode,
      // The folder, because the socket is another one after each start of the platform.
      own: [
        folder,
        ...instance.environment,
        ...(usesSocket(instance) ? [dirname(settings.mediaSocket)] : []),
      ],
    }),
  }
}
