import type { LookSwitch } from '../../viewers/look-settings.ts'

/** Whether the path of each object behind it is drawn. */
export const trailsShown: LookSwitch = {
  control: 'switch',
  name: 'tracks.trails',
  labelKey: 'kinds.tracks.show_trails',
  initial: true,
}
