import { pingDocker } from '../adapters/docker/ping-docker.ts'
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

/** Tells people that every algorithm can give orders to a daemon that listens on a port: it asks nobody who they are. Pure. */
function openPortNote({ host, port }: { host: string; port: number }): string {
  const address = `tcp://${host}:${port}`
  return [
    `任何使用本机网络的算法都能通过 ${address} 命令 Docker，从而拥有本机的 root 权限。请让 Docker 只监听套接字，并设置 VITRINE_DOCKER_HOST=unix:///var/run/docker.sock；或设置 VITRINE_CEILING_NETWORK=none，使算法没有网络`,
    `every algorithm with the network of this machine can give orders to Docker at ${address}, and so become root. Let Docker listen on its socket alone, and set VITRINE_DOCKER_HOST=unix:///var/run/docker.sock; or set VITRINE_CEILING_NETWORK=none, so that algorithms have no network`,
  ].join(' · ')
}

/** Tells people why the Docker that they have named cannot be used, or must not. One that is only away may come yet. */
export async function dockerNotes({
  VITRINE_DOCKER_HOST: named,
  VITRINE_CEILING_NETWORK: ceiling,
}: Pick<Settings, 'VITRINE_DOCKER_HOST' | 'VITRINE_CEILING_NETWORK'>): Promise<string[]> {
  if (!named) return []
  if (!('socketPath' in named)) return ceiling === 'none' ? [] : [openPortNote(named)]
  if ((await pingDocker(named)) !== 'closed') return []
  const number = (await readPlatformNumber()) ?? process.getuid?.() ?? 0
  return [closedSocketNote(named.socketPath, number)]
}
