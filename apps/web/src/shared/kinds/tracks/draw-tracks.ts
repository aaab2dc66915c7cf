import { boxesAt, type TrackIndex } from './track-index.ts'
import { trailOf } from './trails.ts'

/** How tracks are drawn. Lengths are in CSS pixels unless stated otherwise. */
export type TrackLook = {
  threshold: number
  showLabels: boolean
  showTrails: boolean
  /** Indexes of tracks: the followed one, and the one under the pointer. */
  followed: number | null
  hovered: number | null
  /** The colour of each track, by its index. */
  colours: readonly string[]
  /** Labels that are not shown. */
  hiddenLabels: ReadonlySet<string>
}

type Scene = {
  index: TrackIndex
  frame: number
  look: TrackLook
  /** Device pixels for each pixel of the video. */
  scale: { x: number; y: number }
  /** Device pixels for each CSS pixel. */
  pixelRatio: number
}

const trailFrames = 60
const labelHeight = 18

/** Draws the boxes of one frame, with their trails and labels. Clears the previous drawing. */
export const drawTracks = (context: CanvasRenderingContext2D, scene: Scene): void => {
  const { index, frame, look } = scene
  context.clearRect(0, 0, context.canvas.width, context.canvas.height)
  const shown = boxesAt(index, frame, look.threshold).filter(
    (box) => !look.hiddenLabels.has(index.tracks[index.owners[box] ?? 0]?.label ?? ''),
  )
  if (look.showTrails) for (const box of shown) drawTrail(context, scene, index.owners[box] ?? 0)
  for (const box of shown) drawBox(context, scene, box)
  if (look.showLabels) for (const box of shown) drawLabel(context, scene, box)
  context.globalAlpha = 1
}

const strength = ({ look }: Scene, track: number): number => {
  const marked = look.hovered ?? look.followed
  return marked === null || marked === track || look.followed === track ? 1 : 0.25
}

const stands = ({ look }: Scene, track: number): boolean => look.hovered === track || look.followed === track

const rectangleOf = ({ index, scale }: Scene, box: number) => {
  const [x = 0, y = 0, width = 0, height = 0] = index.boxes.subarray(box * 4, box * 4 + 4)
  return { x: x * scale.x, y: y * scale.y, width: width * scale.x, height: height * scale.y }
}

const drawBox = (context: CanvasRenderingContext2D, scene: Scene, box: number): void => {
  const track = scene.index.owners[box] ?? 0
  const { x, y, width, height } = rectangleOf(scene, box)
  const line = (stands(scene, track) ? 3 : 2) * scene.pixelRatio
  context.globalAlpha = strength(scene, track)
  context.lineJoin = 'round'
  context.strokeStyle = 'rgb(0 0 0 / 45%)'
  context.lineWidth = line + 2 * scene.pixelRatio
  context.strokeRect(x, y, width, height)
  context.strokeStyle = scene.look.colours[track] ?? '#fff'
  context.lineWidth = line
  context.strokeRect(x, y, width, height)
}

const drawTrail = (context: CanvasRenderingContext2D, scene: Scene, track: number): void => {
  const { index, frame, look, scale, pixelRatio } = scene
  const length = look.followed === track ? index.frameCount : trailFrames
  const points = trailOf(index, { track, frame, length, threshold: look.threshold })
  if (points.length < 2) return
  context.globalAlpha = 0.85 * strength(scene, track)
  context.strokeStyle = look.colours[track] ?? '#fff'
  context.lineWidth = (look.followed === track ? 3 : 2) * pixelRatio
  context.lineCap = 'round'
  context.beginPath()
  for (const { x, y, gap } of points)
    if (gap) context.moveTo(x * scale.x, y * scale.y)
    else context.lineTo(x * scale.x, y * scale.y)
  context.stroke()
}

const drawLabel = (context: CanvasRenderingContext2D, scene: Scene, box: number): void => {
  const { index, look, pixelRatio } = scene
  const track = index.owners[box] ?? 0
  const named = index.tracks[track]
  const score = index.scores[box] ?? Number.NaN
  const text = [
    `#${named?.id ?? ''} ${named?.label ?? ''}`,
    Number.isNaN(score) || score > 1 ? '' : `${Math.round(score * 100)}%`,
  ]
    .filter(Boolean)
    .join(' ')
  const { x, y, height } = rectangleOf(scene, box)
  context.font = `${12 * pixelRatio}px system-ui, sans-serif`
  context.textBaseline = 'middle'
  const width = context.measureText(text).width + 10 * pixelRatio
  const tall = labelHeight * pixelRatio
  const left = Math.max(0, Math.min(x - pixelRatio, context.canvas.width - width))
  const top = y >= tall ? y - tall : Math.min(y + height, context.canvas.height - tall)
  context.globalAlpha = strength(scene, track)
  context.fillStyle = look.colours[track] ?? '#fff'
  context.fillRect(left, top, width, tall)
  context.fillStyle = '#000'
  context.fillText(text, left + 5 * pixelRatio, top + tall / 2)
}
