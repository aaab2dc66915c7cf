import { apiUrl } from './client.ts'

/** State of an event stream, for showing that what is seen may be old. */
export type StreamState = 'connecting' | 'open' | 'waiting'

type Handlers<Events> = { [Name in keyof Events]: (data: Events[Name]) => void }
type Options = {
  onState?: (state: StreamState) => void
  /** An event that was not JSON, or whose handler threw. Default: shown on the console as an error. */
  onError?: (error: Error) => void
  /** Delay before the next attempt; for tests. */
  delayMs?: (attempt: number) => number
}

/** Waiting before attempt `attempt` (from 0): doubles from 0.5 s to 30 s, and half of it by chance, so that pages do not return all at once. */
export const reconnectDelayMs = (attempt: number, random: () => number = Math.random): number => {
  const ceiling = Math.min(30_000, 500 * 2 ** Math.min(attempt, 10))
  return ceiling / 2 + (ceiling / 2) * random()
}

/** An EventSource sends no Accept-Language of ours, so its address says the language of the page. */
const inLanguage = (url: string): string =>
  `${url}${url.includes('?') ? '&' : '?'}lang=${document.documentElement.lang.startsWith('en') ? 'en' : 'zh'}`

/**
 * Follows an event stream of the API, e.g. `openEvents<{ task: Task }>('/tasks/' + id + '/events', { task: show })`.
 * Signed in by the session cookie. It reconnects until it is closed: close it when the subject has come to its end.
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
    // EventSource's own reconnecting gives up on some failures and has no backoff: start anew each time.
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

  connect()
  return {
    close: () => {
      clearTimeout(timer)
      source?.close()
    },
  }
}
