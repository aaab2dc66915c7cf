import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { algorithmEndpoints, endpoints, type Task } from '@vitrine/contract'
import { createGiteaClient } from '../../apps/server/src/adapters/gitea/gitea.client.ts'
import { GiteaStandIn, type TestGitea } from '../../apps/server/src/adapters/gitea/gitea.test-setup.ts'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import { gitClient } from '../../apps/server/src/modules/git-host/git-client.test-setup.ts'
import type { ApiClient } from '../support/api-client.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { memoryDuring } from '../support/resident-memory.ts'
import { TusClient, uploadIdOf } from '../support/tus-client.ts'
import { zipFile } from '../support/zip-file.ts'
import { smallPackage } from './deploy.ts'
import { beside, median } from './figures.ts'
import type { Measurement } from './gateway.ts'

const rounds = 5
const wantedMs = 2_000
const smallFiles = 20_000
const gitTimeoutMs = 300_000
const megabyte = 1_000_000
const uploaded = algorithmEndpoints['POST /algorithms'].response
const pipelines = endpoints['GET /pipelines'].response
const tasks = endpoints['GET /tasks'].response

type Git = (...args: string[]) => Promise<void>

/** git as a person uses it, in one folder. Throws with what it said if a command fails. */
function gitIn(home: string, folder: string): Git {
  const run = gitClient(home, gitTimeoutMs)
  return async (...args) => {
    const { ok, output } = await run(args, folder)
    if (!ok) throw new Error(`git ${args.join(' ')}: ${output}`)
  }
}

/** The address of a repository in the platform's own git host, with a key that may push. */
async function addressOf(platform: TestPlatform, admin: ApiClient, id: string): Promise<string> {
  const { key } = await admin.post('/api-keys', z.object({ key: z.string() }), {
    name: `git of ${id}`,
    scopes: ['deploy'],
  })
  return `${platform.origin.replace('://', `://any:${key}@`)}/git/${id}.git`
}

const answering = (word: string) => smallPackage['ai_algorithm.py'].replace('ok', word)

function stepMs({ steps }: Task, name: string): number {
  const step = steps.find((one) => one.name === name)
  if (!step?.started_at || !step.finished_at) throw new Error(`step ${name} has no times`)
  return Date.parse(step.finished_at) - Date.parse(step.started_at)
}

/** From `git push` until the gateway leads to the new release, without what the service itself needs to start; milliseconds. */
async function timePush(
  admin: ApiClient,
  id: string,
  clone: string,
  git: Git,
  word: string,
): Promise<number> {
  await writeFile(join(clone, 'ai_algorithm.py'), answering(word))
  await git('commit', '--quiet', '--all', '-m', word)
  const begun = performance.now()
  await git('push', '--quiet', 'origin', 'HEAD:main')
  const serves = async () => (await (await admin.predict(id, ['x'])).text()).includes(word)
  if (!(await waitFor(serves, { timeoutMs: 60_000, everyMs: 20 }))) throw new Error(`${word} does not serve`)
  const total = performance.now() - begun
  const ended = await waitFor(
    async () => {
      const { items } = await admin.get(`/pipelines?service_id=${id}`, pipelines)
      return items.find(({ message, finished_at: end }) => message === word && end !== null)
    },
    { timeoutMs: 60_000, everyMs: 100 },
  )
  if (!ended) throw new Error(`the pipeline of ${word} does not end`)
  const { items } = await admin.get(`/tasks?service_id=${id}`, tasks)
  const deploy = items.find(({ kind }) => kind === 'service.deploy')
  if (!deploy) throw new Error('the pipeline has deployed nothing')
  return total - stepMs(deploy, 'verify')
}

/** Pushes a changed line several times to a service whose pushes are deployed. */
async function timePushes(admin: ApiClient, id: string, clone: string, git: Git): Promise<number> {
  const rule = await admin.call(
    'PUT',
    `/services/${id}/push-deploy`,
    endpoints['PUT /services/{id}/push-deploy'].response,
    {
      json: { enabled: true },
    },
  )
  if (rule.hook?.state === 'failed') throw new Error(`webhook of ${id}: ${rule.hook.message}`)
  const times: number[] = []
  for (let round = 0; round <= rounds; round++)
    times.push(await timePush(admin, id, clone, git, `answer-${round}`))
  // The first push also tells the platform that the webhook arrives.
  return median(times.slice(1))
}

async function benchOwnHost(platform: TestPlatform, admin: ApiClient, folder: string): Promise<Measurement> {
  await admin.publish('pushed', smallPackage)
  const clone = join(folder, 'own')
  await mkdir(clone)
  const git = gitIn(folder, clone)
  await git('clone', '--quiet', await addressOf(platform, admin, 'pushed'), '.')
  const name =
    'a push to the platform’s own git host until its release serves, without the start of the service, vs the bound'
  return beside(name, 'ms', await timePushes(admin, 'pushed', clone, git), wantedMs)
}

/** A Gitea server that the environment names as its tests do, else a stand-in with real git behind it. */
async function openGitea(): Promise<{ server: TestGitea; title: string; close: () => Promise<void> }> {
  const { GITEA_URL: url, GITEA_TOKEN: token, GITEA_OWNER: owner } = process.env
  if (url && token && owner)
    return { server: { url, token, owner }, title: 'Gitea', close: async () => undefined }
  const server = await GiteaStandIn.open()
  return { server, title: 'a stand-in for Gitea', close: () => server.close() }
}

async function benchGitea(admin: ApiClient, folder: string): Promise<Measurement> {
  const { server, title, close } = await openGitea()
  try {
    const settings = { server_url: server.url, access_token: server.token, default_owner: server.owner }
    await admin.post('/gitea/config', endpoints['POST /gitea/config'].response, settings)
    const repository = `bench-${Date.now()}`
    await createGiteaClient({ serverUrl: server.url, token: server.token }).createRepository({
      owner: server.owner,
      name: repository,
      isOwn: true,
      description: '',
    })
    const clone = join(folder, 'gitea')
    await mkdir(clone)
    const git = gitIn(folder, clone)
    const address = `${server.owner}/${repository}.git`
    await git('clone', '--quiet', `${server.url.replace('://', `://any:${server.token}@`)}/${address}`, '.')
    await git('checkout', '--quiet', '-B', 'main')
    await writeFile(join(clone, 'ai_algorithm.py'), answering('first'))
    await git('add', '--all')
    await git('commit', '--quiet', '-m', 'first')
    await git('push', '--quiet', 'origin', 'HEAD:main')
    await admin.post('/gitea/repos/register', endpoints['POST /gitea/repos/register'].response, {
      repo_url: `${server.url}/${address}`,
      branch: 'main',
      algorithm_id: 'from-gitea',
    })
    const deployed = await admin.deploy('from-gitea')
    if (deployed.state !== 'succeeded') throw new Error(JSON.stringify(deployed.error))
    const name = `a push to ${title} until its release serves, by webhook, without the start of the service, vs the bound`
    return beside(name, 'ms', await timePushes(admin, 'from-gitea', clone, git), wantedMs)
  } finally {
    await close()
  }
}

/** A package of many files of about a kilobyte each, in folders of a hundred. */
const manyFiles = (): { name: string; content: string }[] => [
  { name: 'ai_algorithm.py', content: smallPackage['ai_algorithm.py'] },
  ...Array.from({ length: smallFiles }, (_, index) => ({
    name: `data/part${Math.floor(index / 100)}/record${index}.txt`,
    content: `record ${index} of a data set, line after line\n`.repeat(22),
  })),
]

/** Packs the files and sends them as the pages send a dropped folder: by resumable parts. Resolves with seconds. */
async function sendFolder(admin: ApiClient, files: ReturnType<typeof manyFiles>): Promise<number> {
  const uploads = new TusClient(admin)
  const begun = performance.now()
  const archive = zipFile(files)
  async function* parts(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < archive.length; at += megabyte) yield archive.subarray(at, at + megabyte)
  }
  const path = await uploads.begin(archive.length, 'many.zip')
  const status = await uploads.send(path, 0, parts())
  if (status !== 204) throw new Error(`the upload answers ${status}`)
  await admin.post('/algorithms', uploaded, { upload_id: uploadIdOf(path), algorithm_id: 'many-sent' })
  return (performance.now() - begun) / 1000
}

/** `git add`, `git commit` and `git push` of the same files to the same host, by hand. Resolves with seconds. */
async function pushFolder(
  folder: string,
  address: string,
  files: ReturnType<typeof manyFiles>,
): Promise<number> {
  const own = join(folder, 'many')
  for (const { name, content } of files) {
    const at = join(own, name)
    await mkdir(join(at, '..'), { recursive: true })
    await writeFile(at, content)
  }
  const git = gitIn(folder, own)
  await git('init', '--quiet', '--initial-branch=main')
  const begun = performance.now()
  await git('add', '--all')
  await git('commit', '--quiet', '-m', 'many files')
  await git('push', '--quiet', address, 'main')
  return (performance.now() - begun) / 1000
}

async function benchManyFiles(
  platform: TestPlatform,
  admin: ApiClient,
  folder: string,
): Promise<Measurement[]> {
  const files = manyFiles()
  const byHand = await pushFolder(folder, await addressOf(platform, admin, 'many-pushed'), files)
  let sent = 0
  const memory = await memoryDuring(platform.pid, async () => {
    sent = await sendFolder(admin, files)
  })
  return [
    beside(
      `a folder of ${smallFiles.toLocaleString('en')} small files, packed and uploaded as the pages do vs git add, commit and push by hand (wanted: ≥ 0.5)`,
      'files/s',
      smallFiles / sent,
      smallFiles / byHand,
    ),
    beside(
      'control plane memory, maximum during that upload vs before it (wanted: below 200 MB more)',
      'MB',
      memory.most / megabyte,
      memory.before / megabyte,
    ),
  ]
}

/** Measures the way of code to a service: pushes that are deployed, from both kinds of host, and a package of many files. */
export async function benchPushes(): Promise<Measurement[]> {
  const platform = await startPlatform({ runner: 'supervisor', database: 'own' })
  // Its webhooks need to know it, and its port is known only now.
  await platform.end('SIGTERM')
  await platform.start({ VITRINE_PUBLIC_URL: platform.origin })
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-bench-pushes-'))
  try {
    const admin = await platform.admin()
    return [
      await benchOwnHost(platform, admin, folder),
      await benchGitea(admin, folder),
      ...(await benchManyFiles(platform, admin, folder)),
    ]
  } finally {
    await platform.dispose()
    await rm(folder, { recursive: true, force: true })
  }
}

if (process.argv[1] === import.meta.filename) console.table(await benchPushes())
