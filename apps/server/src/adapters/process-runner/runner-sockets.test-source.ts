import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { socketFolder, type SocketFolder } from './socket-folder.ts'

/** Makes the folder for the sockets of a runner under test, closed to other accounts. */
export function testSockets(folder: string): SocketFolder {
  const path = join(folder, 'sockets')
  mkdirSync(path, { recursive: true, mode: 0o700 })
  return socketFolder(path)
}
