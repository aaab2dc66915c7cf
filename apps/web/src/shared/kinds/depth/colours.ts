type Colour = readonly [red: number, green: number, blue: number]

/**
 * Matplotlib's inferno at eleven points. Its brightness grows evenly, so people with colour blindness can
 * read it too.
 */
const inferno: readonly Colour[] = [
  [0, 0, 4],
  [22, 11, 57],
  [66, 10, 104],
  [106, 23, 110],
  [147, 38, 103],
  [188, 55, 84],
  [221, 81, 58],
  [243, 120, 25],
  [252, 165, 10],
  [246, 215, 70],
  [252, 255, 164],
]
/** From blue to white to red: less, equal, more. */
const blueToRed: readonly Colour[] = [
  [33, 102, 172],
  [247, 247, 247],
  [178, 24, 43],
]

const between = (colours: readonly Colour[], place: number): Colour => {
  const at = Math.max(0, Math.min(1, place)) * (colours.length - 1)
  const below = colours[Math.floor(at)] ?? [0, 0, 0]
  const above = colours[Math.ceil(at)] ?? below
  const share = at - Math.floor(at)
  const mixed = (from: number, to: number) => Math.round(from + (to - from) * share)
  return [mixed(below[0], above[0]), mixed(below[1], above[1]), mixed(below[2], above[2])]
}

/** The colour of a nearness, 0–1. Near is bright. */
export const depthColour = (near: number): Colour => between(inferno, near)
/** The colour of a difference, −1 to 1. */
export const differenceColour = (difference: number): Colour => between(blueToRed, (difference + 1) / 2)

const css = (colours: readonly Colour[]): string =>
  `linear-gradient(to right, ${colours.map((colour) => `rgb(${colour.join(' ')})`).join(', ')})`
/** Both scales as CSS backgrounds, from left to right. */
export const scales = { depth: css(inferno), difference: css(blueToRed) }

/** Paints a grid of values on a canvas, one pixel for each value. Null is transparent. */
export const paintGrid = (
  canvas: HTMLCanvasElement,
  grid: { width: number; height: number; values: Float32Array },
  colourOf: (value: number) => Colour | null,
): void => {
  canvas.width = grid.width
  canvas.height = grid.height
  const context = canvas.getContext('2d')
  if (context === null) return
  const picture = context.createImageData(grid.width, grid.height)
  grid.values.forEach((value, pixel) => {
    const colour = Number.isNaN(value) ? null : colourOf(value)
    if (colour === null) return
    picture.data[pixel * 4] = colour[0]
    picture.data[pixel * 4 + 1] = colour[1]
    picture.data[pixel * 4 + 2] = colour[2]
    picture.data[pixel * 4 + 3] = 255
  })
  context.putImageData(picture, 0, 0)
}
