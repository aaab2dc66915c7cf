import type { ContainerCreateOptions } from 'dockerode'
import { labels } from '../../docker/labels.ts'
import type { LogRotation } from '../../log-files/log-rotation.ts'
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

const mountsOf = ({ sandbox }: ProcessSpec) =>
  [
    ...(sandbox?.read ?? []).map((path) => ({ path, ReadOnly: true })),
    ...(sandbox?.write ?? []).map((path) => ({ path, ReadOnly: false })),
  ].map(({ path, ReadOnly }) => ({ Type: 'bind' as const, Source: path, Target: path, ReadOnly }))

function limitsOf({ limits }: ProcessSpec) {
  const { memory_mb: megabytes, cpu, processes, open_files: files } = limits
  return {
    // The limit with swap is the same, so that no swap is used.
    ...(megabytes !== undefined && { Memory: megabytes * megabyte, MemorySwap: megabytes * megabyte }),
    ...(cpu !== undefined && { NanoCpus: Math.round(cpu * 1e9) }),
    ...(processes !== undefined && { PidsLimit: processes + ownProcesses }),
    ...(files !== undefined && { Ulimits: [{ Name: 'nofile', Soft: files, Hard: files }] }),
  }
}

/**
 * Returns what Docker makes the container of a spec from. `at` is where its port is published; null if it has none. A
 * program has no capability and cannot get any, writes nowhere but to /tmp and its folders, and is never root. Docker
 * itself restarts it after an exit, even while the control plane is not running.
 */
export function containerOptions(
  spec: ProcessSpec,
  at: { host: string; port: number } | null,
  setting: ContainerSetting,
): ContainerCreateOptions & { name: string } {
  const { uid, gid } = spec.user ?? nobody
  const env = at ? { ...spec.env, HOST: '0.0.0.0', PORT: String(portInside) } : spec.env
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
    ...(at && { ExposedPorts: { [portKey]: {} } }),
    HostConfig: {
      ...(at && { PortBindings: { [portKey]: [{ HostIp: at.host, HostPort: String(at.port) }] } }),
      NetworkMode: isAlone ? 'none' : setting.network,
      RestartPolicy: { Name: 'unless-stopped' },
      Init: true,
      ReadonlyRootfs: true,
      Tmpfs: { '/tmp': 'rw,exec,nosuid,nodev,mode=1777' },
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      Mounts: mountsOf(spec),
      LogConfig: {
        Type: 'json-file',
        Config: { 'max-size': String(maxBytes), 'max-file': String(backups + 1) },
      },
      ...limitsOf(spec),
    },
  }
}
