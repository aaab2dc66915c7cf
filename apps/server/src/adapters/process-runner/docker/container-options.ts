import { posix } from 'node:path'
import type { ContainerCreateOptions } from 'dockerode'
import { labels } from '../../docker/labels.ts'
import type { LogRotation } from '../../log-files/log-rotation.ts'
import { withGpusOf } from '../gpu-environment.ts'
import { unusableSpec } from '../process-runner.errors.ts'
import type { ProcessSpec } from '../process-runner.ts'

/** The port on which every program listens in its container. */
export const portInside = 8000
const portKey = `${portInside}/tcp`
/** The account of a program without one: nobody, never root. */
const nobody = { uid: 65_534, gid: 65_534 }
/** The first process of each container, which passes signals on and waits for orphans. */
const ownProcesses = 1
const megabyte = 1024 ** 2

/** The containers of one platform. */
export type ContainerSetting = {
  /** Tells the containers of platforms on the same machine apart. */
  platform: string
  /** The name of the platform's network. */
  network: string
  rotation: LogRotation
}

/** What a container is made from beside its spec. */
type Making = ContainerSetting & {
  /** The folders for which its image says that each container has a volume there (`VOLUME`). */
  volumes: readonly string[]
}

/** The name of a container. Only one that we made has it together with our labels. */
export const nameOf = ({ platform }: Pick<ContainerSetting, 'platform'>, id: string): string =>
  `vitrine-${platform}-${id}`

/** Throws for a spec that cannot be run in a container. */
export function checkSpec({ id, image, listens, sandbox }: ProcessSpec): void {
  if (!image)
    throw unusableSpec({ id, field: 'image', why: 'Docker needs an image to make a container from' })
  if (listens && sandbox?.isCutOff)
    throw unusableSpec({ id, field: 'network', why: 'a container without a network cannot publish a port' })
}

const temporary = '/tmp'

const foldersOf = ({ sandbox }: ProcessSpec) =>
  [
    ...(sandbox?.read ?? []).map((path) => ({ path, ReadOnly: true })),
    ...(sandbox?.write ?? []).map((path) => ({ path, ReadOnly: false })),
  ].map(({ path, ReadOnly }) => ({ Type: 'bind' as const, Source: path, Target: path, ReadOnly }))

const plain = (path: string): string => posix.resolve('/', path)

/**
 * What is at the volumes of an image. Docker would let the program fill the disk there, and no ceiling counts what is in a volume. So
 * it can only read there what the image has, as in the rest of its file system. Below a volume that can only be read, Docker can
 * mount nothing: one above a folder of ours is empty instead, and belongs to root. They have names, because Docker makes no others
 * that can only be read; `DockerEngine.remove` removes them with the container, and their label finds those that were left when the control
 * plane ended in between.
 */
function volumesOf(spec: ProcessSpec, setting: Making) {
  const folders = [temporary, ...foldersOf(spec).map(({ Target }) => plain(Target))]
  const own = [...new Set(setting.volumes.map(plain))].filter((path) => !folders.includes(path))
  return own.map((Target, index) =>
    folders.some((folder) => folder.startsWith(`${Target}/`))
      ? { Type: 'tmpfs' as const, Source: '', Target, TmpfsOptions: { SizeBytes: megabyte, Mode: 0o755 } }
      : {
          Type: 'volume' as const,
          Source: `${nameOf(setting, spec.id)}-${index}`,
          Target,
          ReadOnly: true,
          VolumeOptions: {
            NoCopy: false,
            Labels: { [labels.platform]: setting.platform },
            DriverConfig: { Name: 'local', Options: {} },
          },
        },
  )
}

function limitsOf({ limits }: ProcessSpec) {
  const { memory_mb: megabytes, cpu, processes, open_files: files, gpus = 0 } = limits
  return {
    // The limit with swap is the same, so that no swap is used.
    ...(megabytes !== undefined && { Memory: megabytes * megabyte, MemorySwap: megabytes * megabyte }),
    ...(cpu !== undefined && { NanoCpus: Math.round(cpu * 1e9) }),
    ...(processes !== undefined && { PidsLimit: processes + ownProcesses }),
    ...(files !== undefined && { Ulimits: [{ Name: 'nofile', Soft: files, Hard: files }] }),
    // As `docker run --gpus` asks: Docker itself looks for a driver that can.
    ...(gpus > 0 && { DeviceRequests: [{ Driver: '', Count: gpus, Capabilities: [['gpu']] }] }),
  }
}

/**
 * Returns what Docker makes the container of a spec from. `at` is where its port is published; null if it has none. A
 * program has no capability and cannot get any, writes nowhere but to /tmp and its folders, and is never root. Docker
 * itself restarts it after an exit, even while the control plane is not running. It runs no check of the image
 * (`HEALTHCHECK`): nobody asks for it, and what Docker does for it, as often as the image says, counts for no container.
 */
export function containerOptions(
  spec: ProcessSpec,
  at: { host: string; port: number } | null,
  setting: Making,
): ContainerCreateOptions & { name: string } {
  const { uid, gid } = spec.user ?? nobody
  const env = { ...withGpusOf(spec), ...(at && { HOST: '0.0.0.0', PORT: String(portInside) }) }
  const isAlone = spec.sandbox?.isCutOff === true
  const { maxBytes, backups } = setting.rotation
  return {
    name: nameOf(setting, spec.id),
    Image: spec.image,
    Entrypoint: [spec.file],
    Cmd: [...spec.args],
    WorkingDir: spec.cwd,
    Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    User: `${uid}:${gid}`,
    Labels: {
      [labels.platform]: setting.platform,
      [labels.instance]: spec.id,
    },
    Tty: false,
    OpenStdin: false,
    Healthcheck: { Test: ['NONE'] },
    ...(at && { ExposedPorts: { [portKey]: {} } }),
    HostConfig: {
      ...(at && { PortBindings: { [portKey]: [{ HostIp: at.host, HostPort: String(at.port) }] } }),
      NetworkMode: isAlone ? 'none' : setting.network,
      RestartPolicy: { Name: 'unless-stopped' },
      Init: true,
      ReadonlyRootfs: true,
      Tmpfs: { [temporary]: 'rw,exec,nosuid,nodev,mode=1777' },
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      Mounts: [...foldersOf(spec), ...volumesOf(spec, setting)],
      LogConfig: {
        Type: 'json-file',
        Config: { 'max-size': String(maxBytes), 'max-file': String(backups + 1) },
      },
      ...limitsOf(spec),
    },
  }
}
