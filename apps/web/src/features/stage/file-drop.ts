import { inject, onScopeDispose, provide, shallowRef, type InjectionKey, type ShallowRef } from 'vue'

/** The part of a stage that takes dropped files. */
type FileTaker = {
  take: (files: File[]) => void
  /** What it accepts, in the reader's language. */
  accepts: () => string
}

const place: InjectionKey<ShallowRef<FileTaker | null>> = Symbol('who takes dropped files')

/** For the area over which files may be dropped: who takes them now, or null if nothing below it does. */
export const provideFileDrop = (): ShallowRef<FileTaker | null> => {
  const taker = shallowRef<FileTaker | null>(null)
  provide(place, taker)
  return taker
}

/** Takes the files that are dropped anywhere in the area around the calling component. */
export const useFileDrop = (taker: FileTaker): void => {
  const area = inject(place, null)
  if (area === null) return
  area.value = taker
  onScopeDispose(() => {
    if (area.value === taker) area.value = null
  })
}
