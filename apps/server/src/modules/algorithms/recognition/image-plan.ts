import { usesRuntime, type ImagePlan, type Manifest } from '@vitrine/contract'
import { meetsPython } from '../../requirements/python-version.ts'

/** The Pythons that have an image, the usual one first. */
const imagePythons = ['3.13', '3.12', '3.11', '3.14', '3.10', '3.9', '3.8']
const nodeBase = 'node:24-slim'
/** The base image for programs that need nothing else. */
const plainBase = 'debian:13-slim'

function baseOf({ runtime, python }: Manifest): string {
  if (runtime === 'node') return nodeBase
  if (runtime !== 'python') return plainBase
  const fits = imagePythons.find((version) => python === undefined || meetsPython(version, python))
  return `python:${fits ?? imagePythons[0]}-slim`
}

function commandOf({ form, runtime, entry, launch }: Manifest): string {
  if (launch) return launch.start
  if (!usesRuntime({ form })) return entry
  return runtime === 'node' ? 'node "$VITRINE_RUNTIMES/node/main.js"' : 'python -m vitrine_runtime'
}

/** Everything that an image of a package needs, from its manifest alone. What builds images needs nothing else. Pure. */
export function imagePlanOf(manifest: Manifest): ImagePlan {
  const { runtime, launch, image, env, health, models = [] } = manifest
  const listed = { requirements: launch?.requirements ?? null, install: launch?.install ?? [] }
  return {
    base: baseOf(manifest),
    system_packages: image?.system_packages ?? [],
    run: image?.run ?? [],
    python: runtime === 'python' || listed.requirements !== null || listed.install.length > 0 ? listed : null,
    node: runtime === 'node',
    build: launch?.build ?? [],
    folder: launch?.folder ?? '',
    paths: launch?.paths ?? [],
    env: launch?.env ?? {},
    settings: env,
    command: commandOf(manifest),
    port_variable: 'PORT',
    health: health.path,
    startup_timeout_s: health.startup_timeout_s,
    writes: launch?.writes ?? [],
    models: models.map(({ path, sha256 }) => ({ path, sha256 })),
  }
}
