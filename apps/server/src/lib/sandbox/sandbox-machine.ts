import { lstat, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { ifThere } from '../if-there.ts'
import { pathExists } from '../path-exists.ts'
import type { SandboxMachine } from './sandbox-command.ts'

const rootFolders = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32']

/** What programs read in /etc: names, certificates, libraries, languages, fonts, and settings of interpreters. */
const inEtc =
  /^(alternatives|ca-certificates(\.conf)?|crypto-policies|debian_version|fonts|gai\.conf|group|host\.conf|hostname|hosts|ImageMagick-\d|java-.*|ld\.so\.(cache|conf|conf\.d)|locale\.alias|localtime|magic|mime\.types|nsswitch\.conf|nvidia|OpenCL|os-release|passwd|pki|protocols|python3(\.\d+)?|R|resolv\.conf|services|ssl|timezone|vulkan)$/

/** Accelerators of NVIDIA, AMD and Intel, Huawei, Windows' Linux, and the kernel's own class of them. */
const accelerator = /^(nvidia.*|dri|kfd|davinci.*|devmm_svm|hisi_hdc|dxg|accel)$/

/** The devices that code reaches as `cuda`. */
const cudaDevice = /^(nvidia\d+|nvidiactl|kfd|dxg)$/

/** Where programs read how many processors there are, and how they share memory. */
const processors = ['/sys/devices/system/cpu', '/sys/devices/system/node']
/** Where the libraries of accelerators look for them. */
const acceleratorFacts = ['/sys/bus', '/sys/class', '/sys/dev', '/sys/devices', '/sys/module']

async function namesIn(folder: string, matching: RegExp): Promise<string[]> {
  const names = (await ifThere(readdir(folder))) ?? []
  return names.filter((name) => matching.test(name)).map((name) => join(folder, name))
}

/** Whether this machine has a GPU that code reaches as `cuda`. */
export const hasGpu = async (): Promise<boolean> => (await namesIn('/dev', cudaDevice)).length > 0

/** Examines what a sandbox on this machine sees. */
export async function examineSandboxMachine({
  bwrap,
  hidden,
  filter,
}: Pick<SandboxMachine, 'bwrap' | 'hidden' | 'filter'>): Promise<SandboxMachine> {
  const links: { path: string; target: string }[] = []
  const folders: string[] = []
  for (const path of rootFolders) {
    if (!(await pathExists(path))) continue
    if ((await lstat(path)).isSymbolicLink()) links.push({ path, target: await readlink(path) })
    else folders.push(path)
  }
  const devices = await namesIn('/dev', accelerator)
  const facts = devices.length > 0 ? acceleratorFacts : processors
  const settings = await namesIn('/etc', inEtc)
  const system = ['/usr', '/opt', ...folders, ...settings, ...facts, '/var/cache/fontconfig']
  return { bwrap, links, system, hidden, devices, filter }
}
