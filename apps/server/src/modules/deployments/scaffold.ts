import { posix } from 'node:path'
import { usesRuntime, type LaunchPlan, type Manifest } from '@vitrine/contract'
import { shellWord } from '../../lib/shell-word.ts'
import { activate, runtimeCommands, startScript } from '../instances/runtime-start.ts'

/** A file that the platform adds to a release. */
export type ScaffoldFile = { path: string; content: string; mode: number }

/** What is needed to complete a package. */
export type ScaffoldInput = {
  manifest: Manifest
  serviceId: string
  release: number
  commit: string
  /** Paths in the package, which are kept as they are. */
  brings: ReadonlySet<string>
  /** The requirements of the Python runtime, one on each line. */
  runtimeRequirements: string
  /** Whether it is in an image, whose Python has what the package needs. */
  inImage?: boolean
}

const config = `"""Settings of this service. What all services share is imported as config.common and config.ports."""
import os

SERVICE_HOST = os.environ.get("HOST", "127.0.0.1")
# 0 if Vitrine's own runtime serves it, which needs no port.
SERVICE_PORT = int(os.environ.get("PORT", "0"))
`

/** A command line that replaces the shell. Several commands in one line need the shell until the last one ends. */
function lastLine(command: string): string {
  if (/[;&|]/.test(command)) return command
  return /^\w+=/.test(command) ? `exec env ${command}` : `exec ${command}`
}

/** A folder of the package, seen from its top, as a word of a shell. */
const absolute = (path: string) => (path === '' ? '"$PWD"' : `"$PWD"/${shellWord(path)}`)

/** Where a folder or file that a program writes to is kept, below the work folder of its service. */
export const keptFolder = (path: string): string => posix.join('kept', path)

/** The lines that start a package with a server of its own, in its folder and with what it imports. */
function launchLines({ folder, paths, env, start, writes = [], writes_files = [] }: LaunchPlan): string[] {
  const imports = paths.map(absolute).join(':')
  const made = new Set([...writes, ...writes_files.map((path) => posix.dirname(path))].map(keptFolder))
  return [
    ...[...made].map((path) => `mkdir -p "$HOME"/${shellWord(path)} || exit 1`),
    ...(imports === '' ? [] : [`export PYTHONPATH=${imports}:"$PYTHONPATH"`]),
    ...Object.entries(env).map(([name, value]) => `export ${name}=${value}`),
    ...(folder === '' ? [] : [`cd ${shellWord(folder)} || exit 1`]),
    lastLine(start),
  ]
}

/** How the platform's runtimes are started, and commands of the author, which need no environment. */
function usualLines(manifest: Manifest): string[] {
  if (!usesRuntime(manifest)) return [lastLine(manifest.entry)]
  return [manifest.runtime === 'node' ? runtimeCommands.node : runtimeCommands.python]
}

const isPython = (manifest: Manifest) => manifest.runtime === 'python'

/** The files that complete a package to the standard layout. Pure. */
export function scaffold(input: ScaffoldInput): ScaffoldFile[] {
  const { manifest } = input
  const facts = { manifest, service_id: input.serviceId, release: input.release, commit: input.commit }
  const lines = manifest.launch ? launchLines(manifest.launch) : usualLines(manifest)
  // A command has an environment if it lists packages. It was linked before this.
  const hasVenv =
    !input.inImage && (isPython(manifest) || (manifest.runtime === 'command' && input.brings.has('venv')))
  const start = startScript(hasVenv ? [activate, ...lines] : lines)
  const added: ScaffoldFile[] = [{ path: 'start.sh', content: start, mode: 0o755 }]
  if (isPython(manifest) && usesRuntime(manifest)) {
    // A config.py would hide a folder config without __init__.py.
    if (!input.brings.has('config')) added.push({ path: 'config.py', content: config, mode: 0o644 })
    added.push({ path: 'requirements.txt', content: input.runtimeRequirements, mode: 0o644 })
  }
  return [
    ...added.filter((file) => !input.brings.has(file.path)),
    // Always written by the platform, because it says which release this is.
    { path: 'vitrine.json', content: `${JSON.stringify(facts, null, 2)}\n`, mode: 0o644 },
  ]
}

const portsModule = (ports: string) => `"""Ports of all services; written by Vitrine from its ledger of ports.

A service finds the front ports of the others here, and under its own id the port that it is to listen on itself, if it
needs one.
"""
import os

SERVICE_PORTS = {
${ports}}

if "VITRINE_SERVICE" in os.environ and os.environ.get("PORT", "0") != "0":
    SERVICE_PORTS[os.environ["VITRINE_SERVICE"]] = int(os.environ["PORT"])
`

/**
 * The settings that all services of a machine share, in the standard layout of a package. Packages import them as
 * `config.common` and `config.ports`. There is no `__init__.py`, so that the folder never replaces a `config`
 * of the package.
 */
export function sharedConfig(services: readonly { id: string; frontPort: number | null }[]): ScaffoldFile[] {
  const ports = services
    .filter((service) => service.frontPort !== null)
    .map((service) => `    ${JSON.stringify(service.id)}: ${service.frontPort},\n`)
    .join('')
  return [
    {
      path: 'common.py',
      content:
        '"""Settings that all services share; written by Vitrine."""\n\nLOG_LEVEL = "INFO"\nHOST = "127.0.0.1"\n',
      mode: 0o644,
    },
    {
      path: 'ports.py',
      content: portsModule(ports),
      mode: 0o644,
    },
  ]
}
