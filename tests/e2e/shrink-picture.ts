import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { runCommand } from '../../apps/server/src/lib/run-command.ts'

const most = 400 * 1024

/**
 * Writes a screenshot (PNG) with its own colour palette, by ffmpeg, in a third of the bytes. Throws above 400
 * KiB.
 */
export async function shrinkPicture(png: Uint8Array, file: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-picture-'))
  try {
    const original = join(folder, 'original.png')
    await writeFile(original, png)
    await mkdir(dirname(file), { recursive: true })
    const palette =
      'split[a][b];[a]palettegen=stats_mode=full[p];[b][p]paletteuse=dither=sierra2_4a:diff_mode=none'
    const result = await runCommand({
      file: 'ffmpeg',
      args: ['-loglevel', 'error', '-y', '-i', original, '-vf', palette, '-compression_level', '9', file],
      cwd: folder,
      env: { PATH: process.env.PATH ?? '/usr/bin:/bin' },
    })
    if (result.exitCode !== 0) throw new Error(`ffmpeg: ${result.startError ?? result.stderr.join('\n')}`)
    const { size } = await stat(file)
    if (size > most) throw new Error(`${file} has ${size} bytes`)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
