const depthWeight = 20

/**
 * Ranks a file by how little it looks like the one that a person starts; the lowest rank is taken. `usual` are names of such files without
 * their ending, the most usual first.
 */
function programRank(path: string, usual: readonly string[]): number {
  const base = (path.split('/').at(-1) ?? '').replace(/\.py$/, '').toLowerCase()
  const at = usual.indexOf(base)
  return (path.split('/').length - 1) * depthWeight + (at < 0 ? usual.length : at)
}

/** At most so many programs of one kind are offered. */
const shownAtMost = 5

/** The files that look most like what a person starts. */
export const byRank = <Known extends { path: string }>(
  all: readonly Known[],
  usual: readonly string[],
): Known[] =>
  all
    .toSorted((one, other) => programRank(one.path, usual) - programRank(other.path, usual))
    .slice(0, shownAtMost)
