import type { Addition, Inspection, Task } from '@vitrine/contract'
import { RefusedError, type ApiClient, type PackageFiles } from '../support/api-client.ts'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import { startPlatform } from '../support/platform.ts'
import { filesOf } from './public-projects.files.ts'
import { keep, keptIn, type Outcome } from './public-projects.outcomes.ts'
import { publicProjects } from './public-projects.list.ts'
import { nameOf, type PublicProject } from './public-projects.project.ts'
import { askAll, short } from './public-projects.questions.ts'

const failure = (error: unknown) =>
  error instanceof RefusedError ? `${error.code}: ${error.message}` : String(error)
function changesIn({ manifest, problems, warnings }: Inspection, added: readonly Addition[]): string {
  if (!manifest || problems.length > 0)
    return `refused: ${short(problems.map(({ message }) => message).join('; '))}`
  const adapted = warnings.filter(({ code }) => code === 'launch.adapted')
  // The list gives every project an id of its own.
  const told = warnings.filter(({ code }) => !['launch.adapted', 'algorithm.name_missing'].includes(code))
  return [
    adapted.length > 0 ? `${adapted.length} made by the platform` : 'none',
    ...added.map(({ path, lines }) => `added to ${path}: ${lines.join(', ')}`),
    ...(told.length > 0 ? [`told: ${told.map(({ code }) => code).join(', ')}`] : []),
  ].join('; ')
}

/** As often as a person would follow what the inspection proposes. */
const proposalsAtMost = 3

/** What the inspection says, after it was asked again with the lines that it proposed to add. They may lead to others. */
async function inspected(admin: ApiClient, files: PackageFiles) {
  const additions: Addition[] = []
  let inspection = await admin.inspect(files)
  for (let asked = 0; asked < proposalsAtMost; asked++) {
    const adds = [...inspection.problems, ...inspection.warnings].flatMap((note) => note.adds ?? [])
    if (adds.length === 0) break
    additions.push(...adds)
    inspection = await admin.inspect(files, additions)
  }
  return { inspection, additions }
}

/** A deploy may install gigabytes, in milliseconds. */
const longestDeployMs = 900_000

/** Deploys an algorithm with these values of its variables, and waits for the end. */
async function deploy(
  admin: ApiClient,
  id: string,
  env: Readonly<Record<string, string>> | undefined,
): Promise<Task> {
  const taskId = await admin.beginDeploy(id, env === undefined ? {} : { service_config: { env } })
  const hasEnded = async () => {
    const task = await admin.task(taskId)
    return task.state === 'queued' || task.state === 'running' ? null : task
  }
  const ended = await waitFor(hasEnded, { timeoutMs: longestDeployMs, everyMs: 200 })
  return ended ?? admin.task(taskId)
}

const nowhere = {
  recognised: null,
  changes: '',
  deployed: '',
  page: '',
  answered: '',
  seconds: null,
  runs: false,
}

/** Uploads a project unchanged, deploys it, asks it, and deletes its service. */
async function bring(
  admin: ApiClient,
  project: PublicProject,
  id: string,
  clones?: string,
): Promise<Outcome> {
  let outcome: Outcome = { ...nowhere, name: nameOf(project), commit: project.commit }
  try {
    const files = await filesOf(project, clones)
    const { inspection, additions } = await inspected(admin, files)
    const given = Object.entries(project.variables ?? {}).map(([name, value]) => `${name}=${value}`)
    const changes = [changesIn(inspection, additions), ...given.map((one) => `given: ${one}`)].join('; ')
    outcome = { ...outcome, recognised: inspection.recognised, changes }
    if (inspection.recognised === null || inspection.problems.length > 0) return outcome
    await admin.upload(files, { algorithm_id: id, additions })
    const began = performance.now()
    const task = await deploy(admin, id, project.variables)
    const seconds = (performance.now() - began) / 1000
    if (task.state !== 'succeeded')
      return { ...outcome, deployed: `no: ${short(task.error?.message ?? task.state)}`, seconds }
    const asked = await askAll(admin, await admin.service(id), project)
    await admin.deleteService(id)
    return { ...outcome, deployed: 'yes', ...asked, seconds }
  } catch (error) {
    return { ...outcome, deployed: `no: ${short(failure(error))}` }
  }
}

const columns = [
  'project',
  'stands for',
  'recognised as',
  'changes',
  'deployed',
  'page',
  'request',
  's to deploy',
]

type Row = { project: PublicProject; outcome: Outcome }

const tableOf = (rows: readonly Row[]) =>
  [
    `| ${columns.join(' | ')} |`,
    `|${columns.map((_column, at) => (at === columns.length - 1 ? '--:|' : '---|')).join('')}`,
    ...rows.map(({ project, outcome }) => {
      const { recognised, changes, deployed, page, answered, seconds } = outcome
      const name = `${outcome.name} at ${outcome.commit.slice(0, 7)}`
      const why = project.needs === undefined ? project.why : `${project.why}; needs ${project.needs}`
      const end = [deployed, page, answered, seconds?.toFixed(1) ?? '']
      return `| ${[name, why, recognised ?? 'not', changes, ...end].join(' | ')} |`
    }),
  ].join('\n')

/** How many run, and how it is with the others. */
function countsOf(rows: readonly Row[]): string {
  const others = rows.filter(({ outcome }) => !outcome.runs)
  const refused = others.filter(({ outcome }) => outcome.deployed === '').length
  const run = `${rows.length - others.length} of ${rows.length} run`
  return `${run}; ${refused} are refused with the reason before anything is stored, ${others.length - refused} fail later`
}

/** The tables of the page: the projects that can run on a fresh machine, with how many do, and those that need more. Pure. */
export function publicProjectsTable(outcomes: readonly Outcome[], list: readonly PublicProject[]): string {
  const rows = list.flatMap((project) =>
    outcomes.filter(({ name }) => name === nameOf(project)).map((outcome) => ({ project, outcome })),
  )
  const able = rows.filter(({ project }) => project.needs === undefined)
  const needing = rows.filter(({ project }) => project.needs !== undefined)
  const [whole, other] = [able, needing].map(countsOf)
  const repositories = new Set(able.map(({ project }) => project.repository)).size
  return [
    `${whole}. They are of ${repositories} repositories. A project runs if its page and all requests are answered.`,
    tableOf(able),
    `These need what a fresh machine does not have. They are here for what is told about it. ${other}.`,
    tableOf(needing),
  ].join('\n\n')
}

/** What `npm run bench -- Projects` is told. */
export type PublicProjectOptions = {
  /** Parts of the names of the projects that are measured, again if they were. All are if there are none. */
  wanted: readonly string[]
  /** A folder with clones, instead of GitHub. */
  from?: string
  /** A file that keeps what was measured, and from which a run goes on. */
  kept?: string
}

/** Variables by which a machine tells the platform how it reaches its package registries, and which Pythons it has. */
const asTheMachineHas = ['NODE_EXTRA_CA_CERTS', 'VITRINE_BUILD_HOSTS', 'VITRINE_PYTHONS']

/**
 * Brings public projects to a platform of its own, unchanged and one after the other, and returns the outcomes of these
 * and of those that were kept, in the order of the list. Packages come from the package indexes.
 */
export async function bringPublicProjects({ wanted, from, kept }: PublicProjectOptions): Promise<Outcome[]> {
  const outcomes = new Map((await keptIn(kept)).map((outcome) => [outcome.name, outcome]))
  const isWanted = (project: PublicProject) =>
    wanted.length > 0
      ? wanted.some((part) => nameOf(project).includes(part))
      : outcomes.get(nameOf(project))?.commit !== project.commit
  const environment = Object.fromEntries(
    asTheMachineHas.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  )
  const platform = await startPlatform({ database: 'own', environment })
  try {
    for (const [at, project] of publicProjects.entries()) {
      if (!isWanted(project)) continue
      // A session ends sooner than a long build.
      const admin = (await platform.admin()).inLanguage('en')
      const outcome = await bring(admin, project, `project-${at + 1}`, from)
      console.log(outcome)
      outcomes.set(outcome.name, outcome)
      await keep(kept, [...outcomes.values()])
    }
  } finally {
    await platform.dispose()
  }
  return publicProjects.flatMap((project) => outcomes.get(nameOf(project)) ?? [])
}
