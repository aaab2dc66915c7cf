import { ref, type Ref } from 'vue'

/**
 * A setting of a look with a tick box. No other setting has its `name`, which begins with the kind. `labelKey` is the key
 * of its words.
 */
export type LookSwitch = { control: 'switch'; name: string; labelKey: string; initial: boolean }
/** A setting of a look with a slider. `spoken` says its value to those who do not see it; without this, the number. */
export type LookSlider = {
  control: 'slider'
  name: string
  labelKey: string
  initial: number
  min: number
  max: number
  step: number
  spoken?: (value: number) => string
}
/**
 * A setting that one kind of result brings. It is a constant in the folder of the kind: viewers that name the same
 * constant share its value.
 */
export type LookSetting = LookSwitch | LookSlider

/** Keeps the chosen values of settings. The first who asks for a setting gets its initial value. */
export const keepSettings = () => {
  const switches = new Map<LookSwitch, Ref<boolean>>()
  const sliders = new Map<LookSlider, Ref<number>>()
  return {
    switchOf: (setting: LookSwitch): Ref<boolean> => {
      const kept = switches.get(setting) ?? ref(setting.initial)
      switches.set(setting, kept)
      return kept
    },
    sliderOf: (setting: LookSlider): Ref<number> => {
      const kept = sliders.get(setting) ?? ref(setting.initial)
      sliders.set(setting, kept)
      return kept
    },
  }
}
