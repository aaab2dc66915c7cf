import { execFileSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { benchConfiguration } from './configuration.ts'
import { benchDeploy } from './deploy.ts'
import { benchGateway, type Measurement } from './gateway.ts'
import { benchHistory } from './history.ts'
import { benchLogs } from './logs.ts'
import { benchOwnServers } from './own-servers.ts'
import { measurePythonRuntime } from './python-runtime.ts'
import { benchPushes } from './pushes.ts'
import { benchScale } from './scale.ts'
import { benchServices } from './services.ts'
import { benchShowing } from './showing.ts'
import { benchSockets } from './sockets.ts'
import { benchStart } from './start.ts'
import { withSection } from './sections.ts'
import { bringPublicProjects, publicProjectsTable } from './public-projects.ts'
import { publicProjects } from './public-projects.list.ts'
import { benchUploads } from './uploads.ts'
import { benchWalls } from './walls.ts'

type Section = { title: string; measure: () => Promise<Measurement[]> }

const sections: Section[] = [
  { title: 'Starting', measure: benchStart },
  { title: 'Deploying', measure: benchDeploy },
  { title: 'Gateway', measure: benchGateway },
  { title: 'Sockets of instances', measure: benchSockets },
  { title: 'Walls', measure: benchWalls },
  { title: 'Services', measure: benchServices },
  { title: 'Thousands of services', measure: benchScale },
  { title: 'Showing', measure: benchShowing },
  { title: 'Uploads', measure: benchUploads },
  { title: 'Pushes', measure: benchPushes },
  { title: 'History of code', measure: benchHistory },
  { title: 'Configuration', measure: benchConfiguration },
  { title: 'Logs', measure: benchLogs },
  { title: 'Python runtime', measure: measurePythonRuntime },
  { title: 'Servers of other frameworks', measure: benchOwnServers },
]

const number = (value: number) =>
  value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)

const ratioText = ({ ratio, spread }: Measurement) =>
  [ratio.toFixed(2), ...(spread ? [`(${spread.map((one) => one.toFixed(2)).join('–')})`] : [])].join(' ')

const table = (measurements: readonly Measurement[]) =>
  [
    '| measured | ours | compared with | unit | ratio |',
    '|---|--:|--:|---|--:|',
    ...measurements.map(
      (one) =>
        `| ${one.name} | ${number(one.ours)} | ${number(one.theirs)} | ${one.unit} | ${ratioText(one)} |`,
    ),
  ].join('\n')

const page = join(import.meta.dirname, '..', '..', 'docs', 'benchmarks.md')

/**
 * Brings the public projects of the list, and replaces their table in docs/benchmarks.md when each of them has an
 * outcome. `args` are the options and parts of names, after `Projects`.
 */
async function bringAndWrite(args: string[]): Promise<void> {
  const options = { from: { type: 'string' }, kept: { type: 'string' } } as const
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
  const outcomes = await bringPublicProjects({ ...values, wanted: positionals })
  const brought = publicProjectsTable(outcomes, publicProjects)
  console.log(brought)
  if (outcomes.length < publicProjects.length) return
  const said = `Written by \`npm run bench -- Projects\` on ${today()} at commit ${commit()}: ${machine()}.
Public projects at the named commits, uploaded as they are, or with the lines that the inspection proposed to add. Nothing else was changed.

To repeat it: git, the package registries and an hour are needed. \`--from <folder>\` takes each project from a clone at
\`<folder>/<owner>/<name>\` in place of GitHub. \`--kept <file>\` keeps each outcome, so that a run goes on where it broke.
Parts of names behind them measure those projects again.`
  await writeFile(page, withSection(await readFile(page, 'utf8'), 'Projects', `${said}\n\n${brought}`))
}

const today = () => new Date().toISOString().slice(0, 10)
const commit = () => execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
function machine(): string {
  const [cpu] = cpus()
  return `${cpus().length} × ${cpu?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`
}

/** Writes what was measured into its section of the page, at once: a run that ends early loses nothing. */
async function write(title: string, measurements: readonly Measurement[]): Promise<void> {
  const measured = `Measured on ${today()} at commit ${commit()}: ${machine()}.`
  const before = await readFile(page, 'utf8')
  await writeFile(page, withSection(before, title, `${measured}\n\n${table(measurements)}`, 'Notes'))
}

/**
 * Measures sections on this machine, one after the other: those that are named, else all. Writes each into docs/benchmarks.md.
 * A section that fails does not stop the others.
 */
async function run(): Promise<void> {
  const wanted = process.argv.slice(2)
  // They are fetched from the internet and take hours, so they are measured by themselves.
  if (wanted[0] === 'Projects') return bringAndWrite(wanted.slice(1))
  const unknown = wanted.filter((title) => !sections.some((section) => section.title === title))
  if (unknown.length > 0) throw new Error(`no such section: ${unknown.join(', ')}`)
  for (const { title, measure } of sections) {
    if (wanted.length > 0 && !wanted.includes(title)) continue
    console.log(`measuring: ${title}`)
    try {
      const measurements = await measure()
      console.table(
        measurements.map((one) => ({
          name: one.name,
          ratio: ratioText(one),
          ours: one.ours,
          theirs: one.theirs,
          unit: one.unit,
        })),
      )
      await write(title, measurements)
    } catch (error) {
      console.error(`${title} failed:`, error)
      process.exitCode = 1
    }
  }
}

await run()
