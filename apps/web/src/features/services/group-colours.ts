import type { GroupColour } from '@vitrine/contract'

const colours: Record<GroupColour, true> = {
  blue: true,
  teal: true,
  green: true,
  amber: true,
  orange: true,
  red: true,
  purple: true,
  grey: true,
}
const isColour = (name: string): name is GroupColour => name in colours

/** The colours of groups, in the order in which they are offered. */
export const groupColours: GroupColour[] = Object.keys(colours).filter(isColour)
