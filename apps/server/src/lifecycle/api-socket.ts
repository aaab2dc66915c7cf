import { chmod, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { DataPaths } from '../lib/paths.ts'
import { pathExists } from '../lib/path-exists.ts'
import type { Account } from '../lib/system-user.ts'
import { giveTo, openGatewayFolder, type GatewayFolder } from './gateway-folder.ts'

/**
 * The unix socket on which the control plane serves its API. Only our own account and that of the gateway can
 * connect, so everything that arrives comes from the gateway.
 */
export type ApiSocket = {
  readonly path: string
  /** Lets the gateway's account connect, now and after the server has been started again. */
  admit(account: Account): Promise<void>
  /** Sets the permissions of the socket that a server has just created. */
  protect(): Promise<void>
  /** Why accounts other than the gateway's can connect too; null if they cannot. */
  readonly warning: string | null
  /** The gateway's account, if it is not ours. Everybody in its group can connect. */
  readonly admitted: Account | null
  /** Removes the folder, once no server listens. */
  remove(): Promise<void>
}

/** The socket's name in its folder. */
export const apiSocketName = 'api.sock'

class OwnSocket implements ApiSocket {
  readonly path: string
  readonly #folder: GatewayFolder

  constructor(folder: GatewayFolder) {
    this.#folder = folder
    this.path = join(folder.path, apiSocketName)
  }

  get warning(): string | null {
    const { isOpenToAll, admitted } = this.#folder
    return isOpenToAll
      ? `本账户不在 nginx 工作进程的用户组（gid ${admitted?.gid}）中，因此本机任何账户都能冒充网关，也能绕过网关调用实例 · this account is not in the group of nginx’s workers (gid ${admitted?.gid}), so every local account can pretend to be the gateway, and call instances without it`
      : null
  }

  get admitted(): Account | null {
    return this.#folder.admitted
  }

  async admit(account: Account): Promise<void> {
    await this.#folder.admit(account)
    await this.protect()
  }

  async protect(): Promise<void> {
    if (!(await pathExists(this.path))) return
    const { admitted } = this.#folder
    if (admitted === null) await chmod(this.path, 0o600)
    // Without the right to give it to the group, only everybody's permissions are left.
    else if (!(await giveTo(admitted.gid, this.path, 0o660))) await chmod(this.path, 0o666)
  }

  remove(): Promise<void> {
    return rm(this.#folder.path, { recursive: true, force: true })
  }
}

/**
 * Prepares the socket's folder, closed to everybody else. `isForOthers` says whether the gateway may run as another
 * account, which must then be able to get there. What a killed control plane left is removed.
 */
export async function openApiSocket(paths: DataPaths, isForOthers: boolean): Promise<ApiSocket> {
  const wanted = { near: paths.control, name: 'vitrine-api', aName: apiSocketName, isForOthers }
  const folder = await openGatewayFolder(paths, wanted)
  // Nobody is served before our own server listens.
  await folder.closeToOthers()
  await rm(join(folder.path, apiSocketName), { force: true })
  return new OwnSocket(folder)
}
