/**
 * The first release of a distribution that has a wheel for each Python from 3.9 on, on Linux: `numpy` has one for Python 3.13
 * since 2.1.0. Only what is compiled, what many use, and what is not easily built from its source: where a line ends early, newer
 * Pythons build it. As the index had it in November 2026; a distribution that is missing here limits nothing.
 */
const firstWheels: Readonly<Record<string, string>> = {
  aiohttp: '3.7.0 3.8.0 3.8.3 3.9.0',
  asyncpg: '0.22.0 0.24.0 0.27.0 0.29.0 0.30.0 0.31.0',
  cffi: '1.14.3 1.15.0 1.15.1 1.16.0 1.17.0 2.0.0',
  gensim: '4.1.0 4.2.0 4.3.0 4.3.3 4.4.0',
  greenlet: '0.4.17 1.1.0 1.1.3 3.0.0 3.1.0 3.2.3',
  grpcio: '1.33.1 1.41.0 1.49.0 1.59.0 1.66.2 1.75.1',
  h5py: '3.0.0 3.6.0 3.8.0 3.10.0 3.12.0 3.15.0',
  httptools: '0.1.2 0.3.0 0.5.0 0.6.1 0.6.2 0.7.1',
  lxml: '4.5.2 4.6.3 4.9.1 4.9.3 5.3.0 6.0.1',
  matplotlib: '3.3.3 3.5.0 3.6.0 3.7.3 3.9.2 3.10.5',
  numba: '0.53.0 0.55.0 0.57.0 0.59.0 0.61.0 0.63.0',
  numpy: '1.19.3 1.21.2 1.23.2 1.26.0 2.1.0 2.3.2',
  onnxruntime: '1.7.0 1.12.0 1.15.0 1.17.0 1.20.0 1.24.1',
  orjson: '2.2.0 3.4.7 3.7.7 3.9.3 3.10.7 3.11.1',
  pandas: '1.1.3 1.3.3 1.5.0 2.1.1 2.2.3 2.3.3',
  pillow: '8.0.0 8.3.2 9.2.0 10.0.0 10.4.0 11.3.0',
  'psycopg2-binary': '2.8.6 2.9.1 2.9.5 2.9.9 2.9.10 2.9.11',
  pyarrow: '3.0.0 6.0.0 10.0.1 14.0.0 18.0.0 22.0.0',
  'pydantic-core': '0.1.0 0.1.0 0.7.0 2.1.2 2.20.0 2.35.0',
  'scikit-image': '0.18.0 0.19.0 0.20.0 0.22.0 0.25.0 0.26.0',
  'scikit-learn': '0.24.0 1.0.2 1.1.3 1.3.1 1.5.2 1.7.2',
  scipy: '1.5.4 1.7.2 1.9.2 1.11.2 1.14.1 1.16.1',
  sentencepiece: '0.1.94 0.1.96 0.1.98 0.2.0 0.2.1 0.2.1',
  spacy: '2.3.3 2.3.8 2.3.8 3.7.0 3.8.7 3.8.10',
  statsmodels: '0.12.1 0.13.1 0.13.3 0.14.0 0.14.3 0.14.5',
  tensorflow: '2.5.0 2.8.0 2.12.0 2.16.1 2.20.0',
  tiktoken: '0.1.1 0.1.1 0.1.1 0.5.2 0.8.0 0.12.0',
  tokenizers: '0.9.4 0.11.5 0.13.2 0.14.0 0.15.1 0.20.4',
  torch: '1.7.1 1.10.2 1.13.0 2.2.0 2.5.0 2.9.0',
  torchvision: '0.8.2 0.12.0 0.15.1 0.17.0 0.21.0 0.24.0',
  uvloop: '0.15.0 0.16.0 0.17.0 0.18.0 0.21.0 0.22.1',
}

/**
 * The same for the releases of a distribution from one on; those before are easily built, or need nothing compiled. With `by`, it
 * is that distribution that has no wheel: these releases ask for an exact one of it.
 */
const laterWheels: Readonly<Record<string, { from: string; firsts: string; by?: string }>> = {
  // Each of its releases says which Pythons it is for.
  ddddocr: { from: '1.1.0', firsts: '1.2.0 1.4.5 1.4.9 1.5.2 1.6.0' },
  pydantic: { from: '2.0', firsts: '2.0 2.0 2.0 2.0.2 2.8.0 2.12.0', by: 'pydantic-core' },
  // Built with Cython 3, which they do not limit, these fail.
  pyyaml: { from: '5.4', firsts: '5.4 6.0 6.0 6.0.1' },
  uvicorn: { from: '0', firsts: '0.11.3 0.12.0 0.12.0 0.12.0 0.12.0 0.12.0', by: 'httptools' },
}

/** How much of a line is read, in characters. */
const longestLine = 1_000
/** Each line of wheels lists one release for each version of Python, beginning with 3.9. */
const firstMinor = 9

/**
 * Releases that end when they are loaded by this minor version of Python and later ones; with `beside`, only where that
 * distribution loads them as well.
 */
const broken: readonly { name: string; from: string; below: string; minor: number; beside?: string }[] = [
  // They take Mapping and others from `collections`.
  { name: 'jinja2', from: '0', below: '2.10.2', minor: 10 },
  { name: 'werkzeug', from: '0', below: '0.15', minor: 10 },
  { name: 'gunicorn', from: '0', below: '20.0', minor: 12 },
  // They use the module `cgi`.
  { name: 'django', from: '0', below: '4.1', minor: 13 },
  { name: 'sqlalchemy', from: '2.0.0', below: '2.0.31', minor: 13 },
  // They evaluate the references of FastAPI’s own models in a way that Python has changed.
  { name: 'pydantic', from: '1.0', below: '1.10.16', minor: 13, beside: 'fastapi' },
]

/** Below zero if a release is older than another. Only the numbers at their beginning are compared. */
function compared(one: string, other: string): number {
  const numbers = (text: string) => text.split('.').map((part) => Number.parseInt(part, 10) || 0)
  const [mine, theirs] = [numbers(one), numbers(other)]
  for (const at of Array(Math.max(mine.length, theirs.length)).keys()) {
    const difference = (mine[at] ?? 0) - (theirs[at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** Why a release does not work with newer Pythons. */
export type ReleaseLimit = {
  /** The first minor version of Python 3 that it does not run with. */
  minor: number
  /** Whether it ends when it is loaded. Else it only has no wheel, and may be built from its source. */
  isBroken: boolean
  /** The first release that also runs with Python 3.`minor`. */
  since: string
  /** The distribution that it asks for and that has no wheel, if it is not this one itself. */
  by?: string
}

/** The newest release that a requirement allows. */
export type NewestRelease = {
  release: string
  /** Whether it is the first one that is not allowed. */
  isExcluded: boolean
}

/** The newest release that a line of a requirements file allows. Null if it allows any, or depends on the system. */
export function newestReleaseIn(line: string): NewestRelease | null {
  if (line.includes(';')) return null
  const [, sign = '', release = ''] =
    /(?:^|[\s,\w\])])(===?|<=?|~=)\s*(\d+(?:\.\d+)*)/.exec(line.slice(0, longestLine)) ?? []
  if (release === '') return null
  if (sign === '<') return { release, isExcluded: true }
  const isOpen = sign === '~=' || /==\s*[\d.]+\.\*/.test(line)
  if (!isOpen) return { release, isExcluded: false }
  const numbers = release.split('.').map(Number)
  const kept = sign === '~=' ? numbers.slice(0, -1) : numbers
  const last = kept.pop()
  return last === undefined ? null : { release: [...kept, last + 1].join('.'), isExcluded: true }
}

/**
 * The limits of a distribution, whose name is as package indexes compare it, in the newest release that is allowed. `names`
 * are all distributions that are installed with it, as far as they are known. Pure.
 */
export function limitsOf(
  name: string,
  { release, isExcluded }: NewestRelease,
  names: ReadonlySet<string> = new Set(),
): ReleaseLimit[] {
  const isBelow = (other: string) => compared(release, other) < (isExcluded ? 1 : 0)
  const one = broken.find(
    ({ beside, ...each }) =>
      each.name === name &&
      !isBelow(each.from) &&
      isBelow(each.below) &&
      (beside === undefined || names.has(beside)),
  )
  const later = Object.hasOwn(laterWheels, name) ? laterWheels[name] : undefined
  const isLater = later !== undefined && !isBelow(later.from)
  const own = Object.hasOwn(firstWheels, name) ? firstWheels[name] : undefined
  const wheels = (isLater ? later.firsts : own)?.split(' ') ?? []
  const at = wheels.findIndex(isBelow)
  const since = wheels[at]
  const by = isLater ? later.by : undefined
  return [
    ...(one ? [{ minor: one.minor, isBroken: true, since: one.below }] : []),
    ...(since === undefined
      ? []
      : [{ minor: firstMinor + at, isBroken: false, since, ...(by !== undefined && { by }) }]),
  ]
}
