import type { LookSlider } from '../../viewers/look-settings.ts'

/** The opacity of the map over its picture. */
export const mapOpacity: LookSlider = {
  control: 'slider',
  name: 'depth.opacity',
  labelKey: 'viewers.opacity',
  initial: 0.75,
  min: 0,
  max: 1,
  step: 0.05,
}

/** The smallest nearness that is drawn, in percent. */
export const nearnessLimit: LookSlider = {
  control: 'slider',
  name: 'depth.limit',
  labelKey: 'kinds.depth.limit',
  initial: 0,
  min: 0,
  max: 100,
  step: 1,
  spoken: (percent) => `${percent}%`,
}
