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
import { keepSettings, type LookSetting, type LookSlider, type LookSwitch } from './look-settings.ts'
import { scoreRangeOf, type ScoreRange } from './score-range.ts'

/** A control for a setting that several kinds of result share. */
type LookTool = 'labels' | 'opacity' | 'zoom'
/**
 * The drawing of a viewer: the labels that need a colour, the range of its scores, and what changes it: shared
 * settings, and those that its kind of result brings.
 */
export type Drawn = {
  labels?: readonly string[]
  range?: ScoreRange | null
  tools?: readonly LookTool[]
  settings?: readonly LookSetting[]
}
/** A place in a picture that is larger than its frame, as parts of the way from the top left to the bottom right. */
export type Pan = { x: number; y: number }

/** How results are drawn. Nothing runs again for it. */
export type Look = {
  /** What all viewers with this look draw together. */
  drawn: ComputedRef<{
    range: ScoreRange | null
    tools: ReadonlySet<LookTool>
    switches: readonly LookSwitch[]
    sliders: readonly LookSlider[]
  }>
  /** One colour for each label of all these viewers. */
  colours: ComputedRef<ReadonlyMap<string, string>>
  /** The lowest score that is drawn. */
  threshold: WritableComputedRef<number>
  showLabels: Ref<boolean>
  hiddenLabels: Ref<ReadonlySet<string>>
  toggleLabel: (label: string) => void
  /** The opacity of masks, 0–1. */
  opacity: Ref<number>
  zoom: Ref<number>
  pan: Ref<Pan>
  /** The chosen value of a setting that a kind of result brings. */
  switchOf: (setting: LookSwitch) => Ref<boolean>
  sliderOf: (setting: LookSlider) => Ref<number>
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
  const drawn = computed(() => {
    const settings = [...new Set(all.value.flatMap((each) => each.settings ?? []))]
    return {
      range: unionOf(all.value.flatMap(({ range }) => range ?? [])),
      tools: new Set(all.value.flatMap(({ tools = [] }) => tools)),
      switches: settings.filter((each) => each.control === 'switch'),
      sliders: settings.filter((each) => each.control === 'slider'),
    }
  })
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
    hiddenLabels,
    toggleLabel: (label) => {
      const next = new Set(hiddenLabels.value)
      if (!next.delete(label)) next.add(label)
      hiddenLabels.value = next
    },
    opacity: ref(0.5),
    zoom: ref(1),
    pan: ref({ x: 0, y: 0 }),
    ...keepSettings(),
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
