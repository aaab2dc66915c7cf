import {
  computed,
  inject,
  onScopeDispose,
  provide,
  ref,
  shallowRef,
  type ComputedRef,
  type InjectionKey,
  type Ref,
  type WritableComputedRef,
} from 'vue'
import { labelColours } from './label-colours.ts'
import { scoreRangeOf, type ScoreRange } from './score-range.ts'

/** A setting that a viewer has a use for. */
type LookTool = 'labels' | 'trails' | 'opacity' | 'zoom' | 'depth_opacity' | 'depth_limit'
/** The drawing of a viewer: the labels that need a colour, the range of its scores, and the settings that change it. */
export type Drawn = { labels?: readonly string[]; range?: ScoreRange | null; tools: readonly LookTool[] }
/** A place in a picture that is larger than its frame, as parts of the way from the top left to the bottom right. */
export type Pan = { x: number; y: number }

/** How results are drawn. Nothing runs again for it. */
export type Look = {
  /** What all viewers with this look draw together. */
  drawn: ComputedRef<{ range: ScoreRange | null; tools: ReadonlySet<LookTool> }>
  /** One colour for each label of all these viewers. */
  colours: ComputedRef<ReadonlyMap<string, string>>
  /** The lowest score that is drawn. */
  threshold: WritableComputedRef<number>
  showLabels: Ref<boolean>
  showTrails: Ref<boolean>
  hiddenLabels: Ref<ReadonlySet<string>>
  toggleLabel: (label: string) => void
  /** The opacity of masks, 0–1. */
  opacity: Ref<number>
  zoom: Ref<number>
  pan: Ref<Pan>
  depthOpacity: Ref<number>
  /** The smallest nearness of a depth map that is drawn, in percent. */
  depthLimit: Ref<number>
}

const key: InjectionKey<{ look: Look; add: (drawn: () => Drawn) => () => void }> = Symbol('look')

const unionOf = (ranges: readonly ScoreRange[]): ScoreRange | null =>
  ranges.length === 0
    ? null
    : scoreRangeOf(Math.min(...ranges.map(({ min }) => min)), Math.max(...ranges.map(({ max }) => max)))

/** A look, and what adds a viewer to it by what that viewer draws. Returns what removes it again. */
export const newLook = () => {
  const viewers = shallowRef<readonly (() => Drawn)[]>([])
  const add = (drawn: () => Drawn) => {
    viewers.value = [...viewers.value, drawn]
    return () => {
      viewers.value = viewers.value.filter((other) => other !== drawn)
    }
  }
  const all = computed(() => viewers.value.map((drawn) => drawn()))
  const drawn = computed(() => ({
    range: unionOf(all.value.flatMap(({ range }) => range ?? [])),
    tools: new Set(all.value.flatMap(({ tools }) => tools)),
  }))
  const chosenThreshold = ref<number | null>(null)
  const hiddenLabels = ref<ReadonlySet<string>>(new Set())
  const look: Look = {
    drawn,
    colours: computed(() => labelColours(all.value.flatMap(({ labels = [] }) => labels))),
    threshold: computed({
      get: () => chosenThreshold.value ?? drawn.value.range?.min ?? 0,
      set: (chosen) => {
        chosenThreshold.value = chosen
      },
    }),
    showLabels: ref(true),
    showTrails: ref(true),
    hiddenLabels,
    toggleLabel: (label) => {
      const next = new Set(hiddenLabels.value)
      if (!next.delete(label)) next.add(label)
      hiddenLabels.value = next
    },
    opacity: ref(0.5),
    zoom: ref(1),
    pan: ref({ x: 0, y: 0 }),
    depthOpacity: ref(0.75),
    depthLimit: ref(0),
  }
  return { look, add }
}

/**
 * Gives all viewers below the calling component one look, so that a label has the same colour in each and one row of
 * controls changes all. The viewers then have no controls of their own.
 */
export const provideLook = (): Look => {
  const made = newLook()
  provide(key, made)
  return made.look
}

/** The look of a viewer that draws this: its own, or the one that it shares with others (`isShared`). */
export const useLook = (drawn: () => Drawn): Look & { isShared: boolean } => {
  const shared = inject(key, null)
  const { look, add } = shared ?? newLook()
  onScopeDispose(add(drawn))
  return { ...look, isShared: shared !== null }
}
