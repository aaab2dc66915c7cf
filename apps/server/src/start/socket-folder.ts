import { chmod, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { openGatewayFolder } from '../lifecycle/gateway-folder.ts'
import { socketName } from '../modules/build-network/build-network.ts'
import type { ModulesInput } from './modules-input.ts'

/**
 * Opens a folder in which jobs have sockets while they run, without those that a killed control plane left. Their accounts can pass
 * through it.
 */
export async function openSocketFolder(
  { paths, accountBlock }: ModulesInput,
  { near, name }: { near: string; name: string },
): Promise<string> {
  const isForOthers = accountBlock !== null
  const { path } = await openGatewayFolder(paths, { near, name, aName: socketName(), isForOthers })
  await chmod(path, isForOthers ? 0o711 : 0o700)
  for (const old of await readdir(path)) await rm(join(path, old), { recursive: true, force: true })
  return path
}
