import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { InstanceSettings } from './instance-spec.ts'

/** Makes a folder of runtimes in which what Node programs load before they start does nothing. Returns the settings for it. */
export function quietRuntimes(folder: string): Pick<InstanceSettings, 'nodeFile' | 'runtimesFolder'> {
  mkdirSync(join(folder, 'node'), { recursive: true })
  writeFileSync(join(folder, 'node', 'listen-on-own-address.cjs'), '')
  return { nodeFile: process.execPath, runtimesFolder: folder }
}
