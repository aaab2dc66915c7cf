import { dirname, join } from 'node:path'
import { z } from 'zod'
import type { Docker } from '../../apps/server/src/adapters/docker/docker-client.ts'
import { dockerImages } from '../../apps/server/src/adapters/docker/docker-images.ts'
import { findProgram } from '../../apps/server/src/lib/find-program.ts'
import { runCommand } from '../../apps/server/src/lib/run-command.ts'
import { contextStream, entriesBelow } from '../../apps/server/src/modules/images/build-context.ts'

const env = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' }
/** What Debian calls it, and where Python's own packages look for it. */
const certificates = '/etc/ssl/certs/ca-certificates.crt'

/** Prints where packages of Python stand: pip, what the platform's runtime needs, and what tells pip of them. */
const listPackages = `
import fastapi, importlib.metadata as metadata, jsonschema, json, os, pip, re, sys, uvicorn, uvicorn.protocols.http.h11_impl
folder = os.path.dirname(os.path.dirname(fastapi.__file__))
paths = set()
for module in list(sys.modules.values()):
    file = getattr(module, "__file__", None) or ""
    if file.startswith(folder + os.sep):
        paths.add(file[len(folder) + 1:].split(os.sep)[0])
todo, seen = ["fastapi", "uvicorn", "jsonschema", "pip"], set()
while todo:
    name = re.sub(r"[-_.]+", "-", todo.pop()).lower()
    if name in seen:
        continue
    seen.add(name)
    try:
        found = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        continue
    paths.add(os.path.basename(str(found._path)))
    todo += [re.match(r"[\\w.-]+", line)[0] for line in found.requires or [] if "extra ==" not in line]
print(json.dumps({"folder": folder, "paths": sorted(paths)}))
`

const listed = z.object({ folder: z.string(), paths: z.array(z.string()) })

/**
 * Makes an image with Python, pip and what the platform's runtime needs, from what this machine has of them. Containers of the tests
 * reach no index of packages, so a build can install nothing that is not in its base. Null if this machine's Python does not have them.
 */
export async function makePythonImage(docker: Docker, base: string): Promise<string | null> {
  const python = await findProgram('python3', env.PATH)
  if (!python) return null
  const { exitCode, stdout } = await runCommand({ file: python, args: ['-c', listPackages], cwd: '/', env })
  if (exitCode !== 0) return null
  const { folder, paths } = listed.parse(JSON.parse(stdout.join('')))
  const found = (await Promise.all(paths.map((path) => entriesBelow(folder, path)))).flat()
  const files = found.filter(({ path, link }) => link === null && !path.includes('__pycache__'))
  const tag = 'vitrine-test/python:1'
  const text = [
    `FROM ${base}`,
    `COPY packages/ ${folder}/`,
    `COPY certificates/ ${dirname(certificates)}/`,
    'RUN ["/bin/sh", "-c", "cp /usr/bin/python3 /usr/bin/python"]',
    '',
  ].join('\n')
  const end = await dockerImages(async () => docker).build({
    context: contextStream(
      [
        { path: 'Dockerfile', text },
        { path: 'certificates/ca-certificates.crt', file: certificates },
        ...files.map(({ path }) => ({ path: `packages/${path}`, file: join(folder, path) })),
      ],
      [],
      new Date(0),
    ),
    dockerfile: 'Dockerfile',
    tag,
    labels: {},
    network: 'none',
    limits: {},
    runsTriggers: false,
    timeoutMs: 120_000,
    signal: new AbortController().signal,
    onSaying: () => undefined,
    onContainer: () => undefined,
  })
  if (!end.built) throw new Error(`the image with Python was not made: ${end.said}`)
  return tag
}
