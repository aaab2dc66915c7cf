import { computed, onScopeDispose, shallowRef } from 'vue'
import type { StartTransfer, Transfer } from './transfer.types.ts'

/** A file that is being sent or has been sent. */
export type UploadItem<Result = unknown> = {
  key: number
  file: File
  state: 'waiting' | 'sending' | 'paused' | 'storing' | 'done' | 'failed'
  sentBytes: number
  /** It resumed an earlier attempt. */
  resumed: boolean
  mayPause: boolean
  /** What it became. */
  result: Result | null
  error: unknown
}

const atOnce = 2

/** Sends files in the given order, two at a time. `onStored` is called for each one that the platform has stored. */
export const useUploads = <Result>(
  start: StartTransfer<Result>,
  onStored: (result: Result, item: UploadItem<Result>) => void,
) => {
  type Item = UploadItem<Result>
  const items = shallowRef<readonly Item[]>([])
  const transfers = new Map<number, Transfer<Result>>()
  let nextKey = 0

  const find = (key: number) => items.value.find((item) => item.key === key)
  const change = (key: number, to: Partial<Item>) => {
    items.value = items.value.map((item) => (item.key === key ? { ...item, ...to } : item))
  }
  const remove = (key: number) => {
    items.value = items.value.filter((item) => item.key !== key)
  }
  const isBusy = ({ state }: Item) => state === 'sending' || state === 'storing'
  const startNext = () => {
    const free = atOnce - items.value.filter(isBusy).length
    items.value
      .filter(({ state }) => state === 'waiting')
      .slice(0, Math.max(0, free))
      .forEach((item) => void send(item))
  }
  const send = async (item: Item): Promise<void> => {
    const { key, file } = item
    change(key, { state: 'sending', error: null })
    try {
      const transfer = await start(file, {
        onProgress: (sentBytes) => change(key, { sentBytes: Math.min(file.size, sentBytes) }),
        onResumed: () => change(key, { resumed: true }),
        onStoring: () => change(key, { state: 'storing', mayPause: false }),
      })
      transfers.set(key, transfer)
      change(key, { mayPause: transfer.pause !== null })
      // Removed from the list while the code was being loaded.
      if (find(key) === undefined) transfer.cancel()
      const result = await transfer.done
      change(key, { state: 'done', result, sentBytes: file.size })
      const now = find(key)
      if (now !== undefined) onStored(result, now)
    } catch (error) {
      if (find(key) !== undefined) change(key, { state: 'failed', error })
    } finally {
      transfers.delete(key)
      startNext()
    }
  }

  const add = (files: Iterable<File>): void => {
    const added = [...files].map((file): Item => ({
      key: nextKey++,
      file,
      state: 'waiting',
      sentBytes: 0,
      resumed: false,
      mayPause: false,
      result: null,
      error: null,
    }))
    items.value = [...items.value, ...added]
    startNext()
  }
  const pause = (key: number) => {
    transfers.get(key)?.pause?.()
    change(key, { state: 'paused' })
    startNext()
  }
  const resume = (key: number) => {
    transfers.get(key)?.resume?.()
    change(key, { state: 'sending' })
  }
  /** Cancels a file, or removes a finished one from the list. */
  const drop = (key: number) => {
    remove(key)
    transfers.get(key)?.cancel()
    startNext()
  }
  const retry = (key: number) => {
    change(key, { state: 'waiting', error: null })
    startNext()
  }
  const clear = () => items.value.forEach(({ key }) => drop(key))
  const busy = computed(() => items.value.some((item) => isBusy(item) || item.state === 'waiting'))
  // Leaving the page pauses uploads. The received parts stay, and the same file resumes from there.
  onScopeDispose(() => transfers.forEach(({ pause: stop, cancel }) => (stop ?? cancel)()))
  return { items, busy, add, pause, resume, drop, retry, clear }
}
