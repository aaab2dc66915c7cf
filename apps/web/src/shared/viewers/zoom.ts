const steps = [1, 1.5, 2, 3, 4, 6, 8]

/** Greatest zoom. */
export const mostZoom = 8

/** The next zoom step in a direction. */
export const nextZoom = (zoom: number, direction: 1 | -1): number => {
  const place = steps.indexOf(zoom) + direction
  return steps[Math.max(0, Math.min(steps.length - 1, place))] ?? 1
}
