import { join } from 'node:path'
import { runCommand } from '../../apps/server/src/lib/run-command.ts'

const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }

/** Makes a certificate that signs itself, as `site.pem` with its key `site.key` in a folder. */
export async function makeCertificate(folder: string): Promise<void> {
  const files = ['-keyout', join(folder, 'site.key'), '-out', join(folder, 'site.pem')]
  const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...files, '-subj', '/CN=vitrine.example']
  const made = await runCommand({ file: 'openssl', args, cwd: folder, env })
  if (made.exitCode !== 0) throw new Error(made.stderr.join('\n'))
}
