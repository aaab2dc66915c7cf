import { z } from 'zod'

/** A label in the algorithm's words. */
export const label = z.string()
/** The confidence of an algorithm, usually 0–1. */
export const score = z.number()

/** A box in pixels of the input, origin top left. */
export const box = z.object({ xmin: z.number(), ymin: z.number(), xmax: z.number(), ymax: z.number() })

/** A picture, sound, video or file: its address and type. Sizes are in pixels, times in seconds. */
export const media = z.object({
  url: z.string(),
  mime: z.string(),
  width: z.number().optional(),
  height: z.number().optional(),
  duration_s: z.number().optional(),
})
/** A picture, sound, video or file. */
export type Media = z.infer<typeof media>

/** The length of the text on a cover, in characters. */
const mostCoverText = 400
/** Returns the beginning of a text, as long as a cover shows. */
export const coverText = (text: string): string => Array.from(text).slice(0, mostCoverText).join('')
