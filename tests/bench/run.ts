import { execFileSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { benchDeploy } from './deploy.ts'
import { benchGateway, type Measurement } from './gateway.ts'
import { benchLogs } from './logs.ts'
import { measurePythonRuntime } from './python-runtime.ts'
import { benchServices } from './services.ts'
import { benchShowing } from './showing.ts'
import { benchStart } from './start.ts'
import { benchUploads } from './uploads.ts'

type Section = { title: string; measure: () => Promise<Measurement[]> }

const sections: Section[] = [
  { title: 'Starting', measure: benchStart },
  { title: 'Deploying', measure: benchDeploy },
  { title: 'Gateway', measure: benchGateway },
  { title: 'Services', measure: benchServices },
  { title: 'Showing', measure: benchShowing },
  { title: 'Uploads', measure: benchUploads },
  { title: 'Logs', measure: benchLogs },
  { title: 'Python runtime', measure: measurePythonRuntime },
]

const number = (value: number) =>
  value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)

const table = (measurements: readonly Measurement[]) =>
  [
    '| measured | ours | compared with | unit | ratio |',
    '|---|--:|--:|---|--:|',
    ...measurements.map(
      ({ name, ours, theirs, unit, ratio }) =>
        `| ${name} | ${number(ours)} | ${number(theirs)} | ${unit} | ${ratio.toFixed(2)} |`,
    ),
  ].join('\n')

const page = join(import.meta.dirname, '..', '..', 'docs', 'benchmarks.md')

/** The section of the page that people write; it is kept when the figures are replaced. */
async function writtenNotes(): Promise<string> {
  const text = await readFile(page, 'utf8')
  const start = text.indexOf('\n## Notes\n')
  if (start < 0) throw new Error('docs/benchmarks.md has no section “Notes” that could be kept')
  return text.slice(start).trim()
}

/** Measures everything on this machine, one after the other, and writes docs/benchmarks.md with the machine and the date. */
async function run(): Promise<void> {
  const wanted = process.argv.slice(2)
  const parts: string[] = []
  for (const { title, measure } of sections) {
    if (wanted.length > 0 && !wanted.includes(title)) continue
    console.log(`measuring: ${title}`)
    const measurements = await measure()
    console.table(measurements)
    parts.push(`## ${title}\n\n${table(measurements)}`)
  }
  const [cpu] = cpus()
  const machine = `${cpus().length} × ${cpu?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
  const head = `# Benchmarks

Written by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)} at commit ${commit}: ${machine}.
Every figure is measured together with an alternative in the same run. Machines differ and are noisy, so read the ratios.`
  if (wanted.length === 0) await writeFile(page, `${[head, ...parts, await writtenNotes()].join('\n\n')}\n`)
}

await run()
