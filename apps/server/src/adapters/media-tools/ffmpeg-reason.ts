/** What ffmpeg says after an error of how its parts end. It names no cause, and there is one such line for each part. */
const aftermath =
  /Task finished with error code|Terminating thread with return code|Nothing was written into output file|Could not open encoder before EOF|Cannot determine format of input|Decode error rate \S+ exceeds|^Conversion failed!/

/** The parts of ffmpeg that a line is from, such as `[vist#0:0/png @ 0x55d0] [dec:png @ 0x55d1] `. */
const parts = /^(?:\[[^\]]*\]\s*)+/

/** The most lines of a reason, and the most characters. */
const mostLines = 2
const mostLetters = 300

/** Why ffmpeg or ffprobe failed, in its own words, without our paths. Pure. */
export function ffmpegReason(stderr: readonly string[]): string {
  const lines = stderr.map((line) =>
    line
      .replaceAll(/file:\S+/g, '')
      .replace(parts, '')
      .trim(),
  )
  const said = lines.filter((line) => line !== '')
  const causes = said.filter((line) => !aftermath.test(line))
  const told = [...new Set(causes.length > 0 ? causes : said)].slice(-mostLines)
  return told.join('; ').slice(-mostLetters).trim() || 'no reason given'
}
