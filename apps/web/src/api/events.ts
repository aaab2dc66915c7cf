import { apiUrl } from './client.ts'

/** The state of an event stream. Pages use it to say that what they show may be out of date. */
export type StreamState = 'connecting' | 'open' | 'waiting'

type Handlers<Events> = { [Name in keyof Events]: (data: Events[Name]) => void }
type Options = {
  onState?: (state: StreamState) => void
  /**
   * Called for an event that is not JSON, or whose handler throws. By default it is logged as an error to the
   * console.
   */
  onError?: (error: Error) => void
  /** The delay before an attempt, in milliseconds. Tests replace it. */
  delayMs?: (attempt: number) => number
}

/**
 * The delay before attempt `attempt` (from 0), in milliseconds. It doubles from 0.5 s to 30 s and is randomly
 * shortened by up to half, so that pages do not all reconnect at once.
 */
export const reconnectDelayMs = (attempt: number, random: () => number = Math.random): number => {
  const ceiling = Math.min(30_000, 500 * 2 ** Math.min(attempt, 10))
  return ceiling / 2 + (ceiling / 2) * random()
}

const networkChanges = ['online', 'offline'] as const

const reopeners = new Set<() => void>()

/** Opens all streams again, so that the server writes their next texts in the language that the page has now. */
export const reopenEvents = (): void => {
  for (const reopen of reopeners) reopen()
}

/** An EventSource cannot send an Accept-Language header, so its address names the page's language. */
const inLanguage = (url: string): string =>
  `${url}${url.includes('?') ? '&' : '?'}lang=${document.documentElement.lang.startsWith('en') ? 'en' : 'zh'}`

/**
 * Follows an event stream of the API, e.g. `openEvents<{ task: Task }>('/tasks/' + id + '/events', { task:
 * show })`. The session cookie signs it in. It reconnects until it is closed, so close it when its subject
 * has ended.
 */
export const openEvents = <Events extends object>(
  path: string,
  handlers: Handlers<Events>,
  options: Options = {},
): { close: () => void } => {
  let source: EventSource | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let attempt = 0
  const report = options.onError ?? ((error: Error) => console.error(error))

  const connect = () => {
    options.onState?.('connecting')
    const opened = new EventSource(inLanguage(apiUrl(path)), { withCredentials: true })
    source = opened
    opened.onopen = () => {
      attempt = 0
      options.onState?.('open')
    }
    // EventSource's own reconnecting gives up after some failures and has no backoff, so a new one is opened
    // each time.
    opened.onerror = () => {
      opened.close()
      options.onState?.('waiting')
      timer = setTimeout(connect, (options.delayMs ?? reconnectDelayMs)(attempt++))
    }
    for (const name in handlers) {
      opened.addEventListener(name, (event: MessageEvent<string>) => {
        try {
          handlers[name](JSON.parse(event.data))
        } catch (error) {
          report(new Error(`event ${name} of ${path} could not be used`, { cause: error }))
        }
      })
    }
  }

  // A network that changes leaves a dead stream behind, and one that is back should not wait for the next attempt.
  const connectNow = () => {
    clearTimeout(timer)
    source?.close()
    attempt = 0
    options.onState?.('waiting')
    connect()
  }
  for (const change of networkChanges) window.addEventListener(change, connectNow)
  reopeners.add(connectNow)
  connect()
  return {
    close: () => {
      clearTimeout(timer)
      reopeners.delete(connectNow)
      for (const change of networkChanges) window.removeEventListener(change, connectNow)
      source?.close()
    },
  }
}
