import { existsSync } from 'node:fs'
import { runCommand } from '../../apps/server/src/lib/run-command.ts'

/** Debian's ffmpeg, which can write every form that browsers play. */
const file = '/usr/bin/ffmpeg'

/** Whether ffmpeg is there. Tests that need it are skipped without it. */
export const hasFfmpeg = existsSync(file)

/** Runs ffmpeg to make media for a test. A file that is there already is written again. Throws what it says if it fails. */
export async function ffmpeg(...args: string[]): Promise<void> {
  const all = ['-v', 'error', '-y', ...args]
  const { exitCode, stderr } = await runCommand({ file, args: all, cwd: '/', env: {} })
  if (exitCode !== 0) throw new Error(stderr.join('\n'))
}
