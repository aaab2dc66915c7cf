import { join } from 'node:path'
import { z } from 'zod'
import { runCommand } from '../../apps/server/src/lib/run-command.ts'
import { projectFolder } from './built-project.ts'

const prepared = z.object({
  root: z.literal('dropped'),
  command: z.array(z.string()),
  env: z.record(z.string(), z.string()),
})
/** How root lets a control plane run that is not root. */
export type Prepared = z.output<typeof prepared>

async function rootActs(verbs: readonly string[], env: Record<string, string>): Promise<string> {
  const args = [join(projectFolder, 'dist', 'server', 'root.js'), ...verbs]
  const done = await runCommand({ file: process.execPath, args, cwd: '/', env })
  if (done.exitCode !== 0) throw new Error(`root.js ${verbs.join(' ')}:\n${done.stderr.join('\n')}`)
  return done.stdout.at(-1) ?? ''
}

/**
 * Does what `npm start` does as root before it starts the control plane. `hasEnded` says that nothing of the platform
 * lives. Throws if root is kept.
 */
export async function letRootPrepare(env: Record<string, string>, hasEnded: boolean): Promise<Prepared> {
  const answer = await rootActs(hasEnded ? ['open', 'ended'] : ['open'], env)
  const read = prepared.safeParse(JSON.parse(answer))
  if (!read.success) throw new Error(`root is kept: ${answer}`)
  return read.data
}

/** Does what `npm start` does as root after everything has ended. */
export async function leaveRoot(env: Record<string, string>): Promise<void> {
  await rootActs(['leave'], env)
}
