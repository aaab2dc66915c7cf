import { dockerHostOf, type DockerPort } from '../adapters/docker/docker-host.ts'
import { pingDocker, takesAnybody } from '../adapters/docker/ping-docker.ts'
import type { Settings } from '../config.ts'
import { shellWord } from '../lib/shell-word.ts'
import { readPlatformNumber } from '../lib/user-namespace.ts'

/** Tells people what to do about a socket that the platform may not open. `number` is its user as the machine counts. Pure. */
export function closedSocketNote(socketPath: string, number: number): string {
  const command = `setfacl -m u:${number}:rw ${shellWord(socketPath)}`
  return [
    `不能在容器中运行服务：平台的账户（用户 ${number}）不能打开 Docker 的套接字 ${socketPath}。能打开它就等于拥有本机的 root 权限；如果要这样，请以 root 执行 ${command}（见 docs/operations/docker.md）`,
    `no service can run in a container: the account of the platform (user ${number}) may not open Docker’s socket ${socketPath}. Whoever may open it is as powerful as root; if you want that, run ${command} as root (see docs/operations/docker.md)`,
  ].join(' · ')
}

const addressOf = ({ host, port }: DockerPort): string =>
  `tcp://${host.includes(':') ? `[${host}]` : host}:${port}`

/** Tells people that every algorithm can give orders to a daemon that listens on a port: it asks nobody who they are. Pure. */
function openPortNote(at: DockerPort): string {
  const address = addressOf(at)
  return [
    `任何使用本机网络的算法都能通过 ${address} 命令 Docker，从而拥有本机的 root 权限。请让 Docker 只监听套接字，并设置 VITRINE_DOCKER_HOST=unix:///var/run/docker.sock；或让它用 --tlsverify 要求证书，并设置 VITRINE_DOCKER_CERTS；或设置 VITRINE_CEILING_NETWORK=none，使算法没有网络`,
    `every algorithm with the network of this machine can give orders to Docker at ${address}, and so become root. Let Docker listen on its socket alone, and set VITRINE_DOCKER_HOST=unix:///var/run/docker.sock; or let it ask for certificates with --tlsverify, and set VITRINE_DOCKER_CERTS; or set VITRINE_CEILING_NETWORK=none, so that algorithms have no network`,
  ].join(' · ')
}

/** Tells people that the daemon and the platform do not accept each other’s certificates. Pure. */
function refusedNote(at: DockerPort, said: string): string {
  const { certificates = '' } = at
  const address = addressOf(at)
  return [
    `不能在容器中运行服务：${address} 的 Docker 与平台不接受对方的证书（${said}）。请检查 ${certificates} 中的 ca.pem 是否签发了 Docker 的证书、Docker 的 --tlscacert 是否签发了 cert.pem，以及两者是否过期、地址是否相符；之后无需重启`,
    `no service can run in a container: Docker at ${address} and the platform do not accept each other’s certificates (${said}). Check that ca.pem in ${certificates} has signed that of Docker and Docker’s --tlscacert has signed cert.pem, that neither has expired, and that the address fits; no restart is needed then`,
  ].join(' · ')
}

/** What is wrong with a daemon on a port. Null if nothing is, or if it may come yet. */
async function portNote(at: DockerPort, hasNetwork: boolean): Promise<string | null> {
  if (at.certificates === undefined) return hasNetwork ? openPortNote(at) : null
  const found = await pingDocker(at)
  if (found.answer === 'refused') return refusedNote(at, found.said)
  return hasNetwork && (await takesAnybody(at)) ? openPortNote(at) : null
}

/** Tells people why the Docker that they have named cannot be used, or must not. One that is only away may come yet. */
export async function dockerNotes(
  settings: Pick<Settings, 'VITRINE_DOCKER_HOST' | 'VITRINE_DOCKER_CERTS' | 'VITRINE_CEILING_NETWORK'>,
): Promise<string[]> {
  if (!settings.VITRINE_DOCKER_HOST) return []
  const named = dockerHostOf(settings)
  if (!('socketPath' in named)) {
    const note = await portNote(named, settings.VITRINE_CEILING_NETWORK !== 'none')
    return note === null ? [] : [note]
  }
  if ((await pingDocker(named)).answer !== 'closed') return []
  const number = (await readPlatformNumber()) ?? process.getuid?.() ?? 0
  return [closedSocketNote(named.socketPath, number)]
}
