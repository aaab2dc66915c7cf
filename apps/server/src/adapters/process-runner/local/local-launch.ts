import type { ProcessIdentity } from '../../../lib/procfs/process-identity.ts'
import { startDetached } from '../../../lib/run-command.ts'
import type { Sandbox } from '../../../lib/sandbox/sandbox.ts'
import { launchedSpec } from '../process-in-sandbox.ts'
import type { ProcessSpec } from '../process-runner.ts'
import type { Limiter } from '../resource-limits/resource-limits.ts'
import { unsetForeign } from '../supervisor/supervisor-conf.ts'

type OnExit = NonNullable<Parameters<typeof startDetached>[2]>

/**
 * Starts the process of a spec. A process with limits begins as a shell that waits until it has been put into
 * its groups. Then it sets the limit of open files and executes the program, so no instruction of the program
 * runs without limits.
 */
export async function launch(
  asked: ProcessSpec,
  { limiter, sandbox }: { limiter: Limiter; sandbox: Sandbox },
  onExit: OnExit,
): Promise<ProcessIdentity> {
  const spec = await launchedSpec(asked, { sandbox, limitFolders: limiter.folders(asked.id) })
  const command = {
    cwd: spec.cwd,
    env: spec.env,
    ...(spec.user && { runAs: { uid: spec.user.uid, gid: spec.user.gid } }),
  }
  const output = { stdout: spec.stdoutLog, stderr: spec.stderrLog }
  if (Object.keys(spec.limits).length === 0)
    return startDetached({ ...command, file: spec.file, args: spec.args }, output, onExit)
  const script = [
    'read -r go || exit 126',
    ...limiter.ownCommands(spec.limits),
    unsetForeign(spec.env),
    'exec "$@" < /dev/null',
  ].join('\n')
  const args = ['-c', script, 'sh', spec.file, ...spec.args]
  return startDetached({ ...command, file: '/bin/sh', args }, output, onExit, ({ pid }) =>
    limiter.enter(pid, spec),
  )
}
