/** Where everything is in an image that the platform makes. */
export const imageLayout = {
  /** The files of the package, and its start script. */
  app: '/app',
  /** The platform's runtimes, `python` and `node`, as `VITRINE_RUNTIMES` names them. */
  runtimes: '/opt/vitrine/runtimes',
  /** What the package managers were given. */
  given: '/opt/vitrine/given',
} as const

/** The folders of a build context. Each is copied by one line, so that a Dockerfile has no path of a package. */
export const contextFolders = {
  /** Files that the commands of the package read, by their number. */
  run: (number: number) => `run-${number}`,
  python: 'python',
  node: 'node',
  runtimes: 'runtimes',
  app: 'app',
  /** What is different in each release of the same code. */
  release: 'release',
} as const

/** The account of a container that is given none: nobody. */
export const ordinaryUser = '65534:65534'

/** The beginning of 1980, in seconds: the first time that archives of the kind zip can state. What a command makes does not depend on when it ran. */
export const sourceDate = 315_532_800

/**
 * The time of every file of a commit in an image: always the same, so that the same commit makes the same layers, and different for
 * another commit, because caches of all kinds take a file of the same time and size for the same file. Pure.
 */
export const timeOfCommit = (commit: string): Date =>
  new Date((sourceDate + (Number.parseInt(commit.slice(0, 7), 16) || 0)) * 1000)
