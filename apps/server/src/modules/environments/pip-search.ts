import type { Words } from '../../lib/words.ts'

/** Lines longer than this state nothing about a search. In characters. Strangers decide what a build prints. */
const readAtMost = 2_000
/** How many packages are remembered. */
const namesAtMost = 2_000
/** How many names a sentence has. */
const namedAtMost = 4
/** How many releases are proposed. */
const pinsAtMost = 12
/** A new step is told after so many more releases. */
const toldEvery = 10

const name = String.raw`([A-Za-z0-9][\w.-]{0,100})(?:\[[^\]]{0,200}\])?`
const collecting = new RegExp(String.raw`^Collecting ${name}\S* \(from (.+)\)$`)
const searching = new RegExp(
  String.raw`^INFO: pip is (?:still )?looking at multiple versions of ${name} to determine`,
)
const candidate =
  /^ {2}(?:Downloading|Using cached) (?:https?:\S+\/)?(\w[\w.]{0,100})-(\d[\w.+!]{0,60}?)(?:-|\.tar|\.zip)/
const solved = /^(?:Installing collected packages|Successfully installed|Would install)\b/
const installed = /^Successfully installed (.+)$/

/** The names from the line of the requirements file to what wants a package: `a>=1->b->-r /x/requirements.txt (line 3)`. */
function wantedBy(from: string): string[] {
  return from
    .split('->')
    .filter((part) => !part.startsWith('-r '))
    .map((part) => new RegExp(`^${name}`).exec(part)?.[1] ?? '')
    .filter((part) => part !== '')
    .toReversed()
}

const normal = (text: string) => text.toLowerCase().replaceAll(/[-_.]+/g, '-')

/**
 * Follows what pip prints while it looks for releases that fit together. If many do not, it takes one after the other, which can
 * last for hours, and says neither what wants them nor what would help.
 */
export class PipSearch {
  readonly #wanted = new Map<string, string[]>()
  /** How many releases of each package were tried since pip began to search among them. */
  readonly #tried = new Map<string, number>()
  #current: string | null = null
  /** The first release of each package that pip took. */
  readonly #first = new Map<string, string>()
  #isSolved = false

  /** How many releases it tried in its searches. */
  get tried(): number {
    return [...this.#tried.values()].reduce((sum, tried) => sum + tried, 0)
  }

  /** Reads a line. Returns the step to tell, if there is a new one. */
  take(line: string): Words | null {
    if (line.length > readAtMost) return null
    const [, found = '', from = ''] = collecting.exec(line) ?? []
    if (found !== '') {
      this.#current = this.#tried.has(found) ? found : null
      if (this.#wanted.size < namesAtMost) this.#wanted.set(found, wantedBy(from))
      return null
    }
    const searched = searching.exec(line)?.[1]
    if (searched !== undefined) {
      this.#current = searched
      const isNew = !this.#tried.has(searched)
      // pip says so when it takes the second one.
      if (isNew && this.#tried.size < namesAtMost) this.#tried.set(searched, 1)
      return isNew ? this.#step(searched) : null
    }
    if (solved.test(line)) this.#isSolved = true
    const [, taken, release] = candidate.exec(line) ?? []
    if (taken === undefined || release === undefined) return null
    if (!this.#first.has(normal(taken)) && this.#first.size < namesAtMost)
      this.#first.set(normal(taken), release)
    if (this.#current === null) return null
    const tried = (this.#tried.get(this.#current) ?? 0) + 1
    this.#tried.set(this.#current, tried)
    return tried % toldEvery === 0 ? this.#step(this.#current) : null
  }

  /** The requirement at which the way to a package begins, and the packages on the way. Empty for a requirement itself. */
  #wayTo(searched: string): string[] {
    return this.#wanted.get(searched) ?? []
  }

  #step(searched: string): Words {
    const way = this.#wayTo(searched)
    const [root = searched] = way
    const tried = this.#tried.get(searched) ?? 0
    const [zh, en] =
      way.length === 0
        ? ['', '']
        : [`（${[...way, searched].join(' → ')}）`, ` (${[...way, searched].join(' → ')})`]
    return {
      zh: `pip 在逐个试 ${searched} 的版本，已试 ${tried} 个：依赖里的 ${root} 需要它${zh}`,
      en: `pip tries the releases of ${searched} one after the other, ${tried} so far: ${root} of the requirements needs it${en}`,
    }
  }

  /** Why pip has not ended, if it still searched. Null if it did not search, or found releases that fit. */
  unsolved(): Words | null {
    const names = [...this.#tried].toSorted(([, one], [, other]) => other - one).map(([one]) => one)
    if (this.#isSolved || names.length === 0) return null
    const roots = [...new Set(names.map((one) => this.#wayTo(one)[0] ?? one))]
    const parents = [...new Set(names.map((one) => this.#wayTo(one).at(-1) ?? one))]
    const shown = names.slice(0, namedAtMost).join(', ')
    const pinned = [...new Set([...parents, ...roots])].slice(0, namedAtMost)
    const more = names.length > namedAtMost ? ` … (${names.length})` : ''
    return {
      zh: `pip 没有找到互相适合的版本：它在逐个试 ${shown}${more} 的版本，因为依赖里的 ${roots.slice(0, namedAtMost).join('、')} 需要它们，但没有写死版本。请在 requirements.txt 里给 ${pinned.join('、')} 写死能一起安装的版本（名称==版本），例如在自己的机器上装好后用 pip freeze 得到的`,
      en: `pip found no releases that fit together: it tried those of ${shown}${more} one after the other, because ${roots.slice(0, namedAtMost).join(', ')} of the requirements needs them and no release is pinned. Pin releases of ${pinned.join(', ')} that install together in requirements.txt (name==version), such as those of pip freeze where it works`,
    }
  }

  /**
   * What would have spared the search, if it ended well: the releases that are not the first ones that pip took. `line` is what pip says
   * at its end. Null if there was no search worth a word.
   */
  spared(line: string): Words | null {
    const releases = installed.exec(line)?.[1]?.split(' ') ?? []
    if (releases.length === 0 || this.tried < toldEvery) return null
    const pins = releases.flatMap((release) => {
      const at = release.lastIndexOf('-')
      const [distribution, version] = [release.slice(0, at), release.slice(at + 1)]
      const first = this.#first.get(normal(distribution))
      return first !== undefined && first !== version ? [`${distribution}==${version}`] : []
    })
    if (pins.length === 0) return null
    const shown = pins.slice(0, pinsAtMost).join(' ')
    return {
      zh: `pip 试了 ${this.tried} 个版本也不互相适合。在 requirements.txt 里写上这些（每行一个），下次就不用找：${shown}`,
      en: `pip tried ${this.tried} releases that do not fit together. With these in requirements.txt, one a line, it need not search the next time: ${shown}`,
    }
  }
}
