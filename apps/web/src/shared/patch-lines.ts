/** One line of a unified diff with its numbers before and after the change. */
export type PatchLine = {
  kind: 'same' | 'added' | 'removed' | 'hunk' | 'note'
  before: number | null
  after: number | null
  text: string
}

const hunkStart = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/

/** Parses a unified diff of one file. The two lines that name the file are left out; all others are numbered. */
export const patchLines = (patch: string): PatchLine[] => {
  let before = 0
  let after = 0
  let isInHunk = false
  const lines: PatchLine[] = []
  for (const line of patch.replace(/\n$/, '').split('\n')) {
    const hunk = hunkStart.exec(line)
    if (hunk) {
      before = Number(hunk[1])
      after = Number(hunk[2])
      isInHunk = true
      lines.push({ kind: 'hunk', before: null, after: null, text: line })
    } else if (!isInHunk) {
      if (!/^(---|\+\+\+) /.test(line)) lines.push({ kind: 'note', before: null, after: null, text: line })
    } else if (line.startsWith('+')) {
      lines.push({ kind: 'added', before: null, after: after++, text: line.slice(1) })
    } else if (line.startsWith('-')) {
      lines.push({ kind: 'removed', before: before++, after: null, text: line.slice(1) })
    } else if (line.startsWith('\\')) {
      lines.push({ kind: 'note', before: null, after: null, text: line.slice(2) })
    } else {
      lines.push({ kind: 'same', before: before++, after: after++, text: line.slice(1) })
    }
  }
  return lines
}

/** The number of lines that a diff adds and removes. */
export const patchSize = (lines: readonly PatchLine[]): { added: number; removed: number } => ({
  added: lines.filter(({ kind }) => kind === 'added').length,
  removed: lines.filter(({ kind }) => kind === 'removed').length,
})
