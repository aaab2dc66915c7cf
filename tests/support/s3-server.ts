import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { openS3Store, type S3Settings } from '../../apps/server/src/adapters/object-store/s3-store.ts'
import { runCommand } from '../../apps/server/src/lib/run-command.ts'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import { freePorts } from './free-ports.ts'

/** A part of the name of tests that are skipped if no S3 server is installed. */
export const needsS3 = existsSync('/usr/bin/swift-proxy-server')
  ? ''
  : ' (skipped: OpenStack Swift with its S3 API is not installed)'

const readyTimeoutMs = 60_000
const storages = ['account', 'container', 'object'] as const
const accessKeyId = 'test:vitrine'
const secretAccessKey = 'secret-of-this-test-alone'

/**
 * What Debian's Swift needs from Python: one ring for each storage server (one device, one replica), then all
 * four servers, and memcached, which is used to check signatures, in one process group. Swift looks for its
 * settings in /etc/swift unless it is told another folder first.
 */
const launcher = `
import importlib, os, signal, sys
from swift.common import utils
from swift.common.ring import RingBuilder

folder, first_port = sys.argv[1], int(sys.argv[2])
utils.set_swift_dir(folder)
for offset, kind in enumerate(("account", "container", "object"), start=1):
    builder = RingBuilder(2, 1, 1)
    builder.add_dev(dict(region=1, zone=1, weight=1, device="disk", ip="127.0.0.1", port=first_port + offset,
                         replication_ip="127.0.0.1", replication_port=first_port + offset))
    builder.rebalance()
    builder.get_ring().save(os.path.join(folder, kind + ".ring.gz"))

modules = dict(proxy="swift.proxy.server", account="swift.account.server",
               container="swift.container.server", object="swift.obj.server")
children = [os.spawnlp(os.P_NOWAIT, "memcached", "memcached", "-l", "127.0.0.1", "-p", str(first_port + 4),
                       "-U", "0", "-m", "16", "-u", sys.argv[3])]
for kind, module in modules.items():
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        sys.argv = ["swift-%s-server" % kind, os.path.join(folder, kind + ".conf"), "-v"]
        sys.exit(importlib.import_module(module).main())
    children.append(child)
# Swift's servers leave our process group, so they are told to end one by one.
def end(*_):
    for child in children:
        os.kill(child, signal.SIGTERM)

signal.signal(signal.SIGTERM, end)
for child in children:
    os.waitpid(child, 0)
`

const common = (folder: string, port: number) =>
  `[DEFAULT]
bind_ip = 127.0.0.1
bind_port = ${port}
workers = 0
user = ${userInfo().username}
swift_dir = ${folder}
devices = ${folder}/devices
mount_check = false
`

const filtersWith = (cachePort: number) => ({
  catch_errors: {},
  gatekeeper: {},
  cache: { use: 'egg:swift#memcache', memcache_servers: `127.0.0.1:${cachePort}` },
  s3api: { location: 'us-east-1' },
  tempauth: { user_test_vitrine: `${secretAccessKey} .admin` },
  slo: {},
})

async function writeSettings(folder: string, firstPort: number): Promise<void> {
  await mkdir(join(folder, 'devices', 'disk'), { recursive: true })
  const put = (name: string, text: string) => writeFile(join(folder, name), text)
  await put(
    'swift.conf',
    '[swift-hash]\nswift_hash_path_suffix = test\n[storage-policy:0]\nname = only\ndefault = yes\n',
  )
  for (const [index, kind] of storages.entries())
    await put(
      `${kind}.conf`,
      `${common(folder, firstPort + 1 + index)}recon_cache_path = ${folder}\n[pipeline:main]\npipeline = ${kind}-server\n[app:${kind}-server]\nuse = egg:swift#${kind}\n`,
    )
  const filters = filtersWith(firstPort + 4)
  const sections = Object.entries(filters).map(([name, values]) => {
    const lines = Object.entries({ use: `egg:swift#${name}`, ...values }).map(
      ([key, value]) => `${key} = ${value}\n`,
    )
    return `[filter:${name}]\n${lines.join('')}`
  })
  const pipeline = [...Object.keys(filters), 'proxy-server'].join(' ')
  await put(
    'proxy.conf',
    `${common(folder, firstPort)}[pipeline:main]\npipeline = ${pipeline}\n[app:proxy-server]\nuse = egg:swift#proxy\naccount_autocreate = true\n${sections.join('')}`,
  )
}

/** Returns why the server does not answer yet, or null. */
async function problem(settings: S3Settings): Promise<string | null> {
  try {
    const { close } = await openS3Store(settings)
    close()
    return null
  } catch (error) {
    return String(error)
  }
}

/**
 * Starts an S3 server that checks signatures, on loopback and with its own data. `dispose` ends it and
 * deletes its data.
 */
export async function startS3Server(): Promise<{ settings: S3Settings; dispose: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-s3-'))
  const port = await freePorts(2 + storages.length)
  await writeSettings(folder, port)
  const controller = new AbortController()
  const running = runCommand(
    {
      file: '/usr/bin/python3',
      args: ['-c', launcher, folder, String(port), userInfo().username],
      cwd: folder,
      env: { PATH: process.env.PATH ?? '' },
    },
    { signal: controller.signal },
  )
  const dispose = async () => {
    controller.abort()
    await running
    await rm(folder, { recursive: true, force: true })
  }
  const endpoint = `http://127.0.0.1:${port}`
  const settings = { endpoint, region: 'us-east-1', bucket: 'vitrine-test', accessKeyId, secretAccessKey }
  let reason: string | null = null
  const answers = async () => (reason = await problem(settings)) === null
  const ready = await Promise.race([
    waitFor(answers, { timeoutMs: readyTimeoutMs, everyMs: 200 }),
    running.then(() => false),
  ])
  if (ready) return { settings, dispose }
  await dispose()
  throw new Error(`the S3 server does not answer: ${reason}\n${(await running).stderr.join('\n')}`)
}
