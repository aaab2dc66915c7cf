import type { Page } from 'playwright-core'
import { z } from 'zod'

const seen = z.object({ total: z.number(), moved: z.array(z.string()) })
/** The sum of all layout shifts of a page (a number without unit, as in web.dev/cls), and what moved. */
export type LayoutShift = z.infer<typeof seen>

/** So many frames in a row without a shift, a change of the page or a request are rest. */
const quietFrames = 20

type Shift = PerformanceEntry & {
  value: number
  hadRecentInput: boolean
  sources: { node: Node | null; previousRect: DOMRectReadOnly; currentRect: DOMRectReadOnly }[]
}

declare global {
  /** What `watch` keeps in the page. */
  var layoutShift: { total: number; moved: string[]; lastChange: number }
}

// Runs in the page before anything else.
const watch = () => {
  const isShift = (entry: PerformanceEntry): entry is Shift => entry.entryType === 'layout-shift'
  const nameOf = (node: Node | null): string => {
    if (!(node instanceof Element)) return node?.textContent?.trim().slice(0, 20) ?? 'something removed'
    const classes = Array.from(node.classList, (name) => `.${name}`).join('')
    return `${node.tagName.toLowerCase()}${classes}`
  }
  const place = ({ x, y, width, height }: DOMRectReadOnly) =>
    `${[x, y].map(Math.round).join()} ${[width, height].map(Math.round).join('×')}`
  globalThis.layoutShift = { total: 0, moved: [], lastChange: performance.now() }
  const { layoutShift } = globalThis
  const changed = () => {
    layoutShift.lastChange = performance.now()
  }
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries().filter(isShift)) {
      if (entry.hadRecentInput) continue
      changed()
      layoutShift.total += entry.value
      for (const { node, previousRect, currentRect } of entry.sources)
        layoutShift.moved.push(
          `${entry.value.toFixed(3)} ${nameOf(node)} ${place(previousRect)} → ${place(currentRect)}`,
        )
    }
  }).observe({ type: 'layout-shift', buffered: true })
  new MutationObserver(changed).observe(document, { childList: true, subtree: true, characterData: true })
}

// Runs in the page. Ends after so many frames in a row in which nothing has changed.
const restFor = (frames: number) =>
  new Promise<void>((resolve) => {
    let quietSince = performance.now()
    let quiet = 0
    const next = () => {
      if (globalThis.layoutShift.lastChange > quietSince) {
        quietSince = performance.now()
        quiet = 0
      } else quiet += 1
      if (quiet < frames) requestAnimationFrame(next)
      else resolve()
    }
    requestAnimationFrame(next)
  })

/** Measures how far the parts of a page move while it loads. */
export class ShiftMeter {
  readonly #page: Page
  readonly #pending = new Set<unknown>()
  #asked = 0

  private constructor(page: Page) {
    this.#page = page
    page.on('request', (request) => {
      this.#asked += 1
      this.#pending.add(request)
    })
    page.on('response', (response) => {
      // A stream of events goes on as long as the page is there.
      if (response.headers()['content-type']?.startsWith('text/event-stream'))
        this.#pending.delete(response.request())
    })
    page.on('requestfinished', (request) => this.#pending.delete(request))
    page.on('requestfailed', (request) => this.#pending.delete(request))
  }

  /** Begins with the next address that the page opens. */
  static async begin(page: Page): Promise<ShiftMeter> {
    await page.addInitScript(watch)
    return new ShiftMeter(page)
  }

  /** Waits until the page is at rest, and returns all its layout shifts so far. */
  async atRest(): Promise<LayoutShift> {
    for (;;) {
      const asked = this.#asked
      await this.#page.evaluate(restFor, quietFrames)
      if (this.#pending.size > 0 || asked !== this.#asked) continue
      const { total, moved } = await this.#page.evaluate(() => globalThis.layoutShift)
      return seen.parse({ total, moved })
    }
  }
}
