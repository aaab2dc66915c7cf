import UPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { seriesColour } from './series-colour.ts'
import { drawnRange, type TimeRange } from './time-range.ts'

/** Something that happened at a time and is marked in a chart. */
export type TimeMark = { at: number; kind: 'deploy' | 'start'; text: string }

/** The data of a chart over time. `times` and the values of each series belong to the same steps. */
export type TimePlotInput = {
  box: HTMLElement
  height: number
  times: readonly number[]
  series: readonly { name: string; values: readonly (number | null)[] }[]
  marks: readonly TimeMark[]
  range: TimeRange | null
  locale: string
  /** The step under the pointer, and where it is. */
  onStep: (place: number | null, left: number) => void
  onZoom: (range: TimeRange | null) => void
}

/** A narrower drag was meant as a click. */
const leastDragPx = 8

const colourOf = (box: HTMLElement, name: string) => getComputedStyle(box).getPropertyValue(name)

function drawMarks(plot: UPlot, { marks, box }: TimePlotInput): void {
  const { ctx, bbox } = plot
  ctx.save()
  ctx.setLineDash([4, 4])
  ctx.lineWidth = devicePixelRatio
  for (const { at, kind } of marks) {
    const x = Math.round(plot.valToPos(at, 'x', true))
    if (x < bbox.left || x > bbox.left + bbox.width) continue
    ctx.strokeStyle = colourOf(box, kind === 'deploy' ? '--v-success' : '--v-warning')
    ctx.beginPath()
    ctx.moveTo(x, bbox.top)
    ctx.lineTo(x, bbox.top + bbox.height)
    ctx.stroke()
  }
  ctx.restore()
}

function axesOf({ box, locale }: TimePlotInput): UPlot.Axis[] {
  const number = new Intl.NumberFormat(locale, { notation: 'compact', maximumSignificantDigits: 3 })
  const date = new Intl.DateTimeFormat(locale, { month: '2-digit', day: '2-digit' })
  const time = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  const look: UPlot.Axis = {
    stroke: () => colourOf(box, '--v-text-2'),
    font: `12px ${getComputedStyle(box).fontFamily}`,
    grid: { stroke: () => colourOf(box, '--v-border'), width: 1 },
    ticks: { show: false },
  }
  const timeText = (at: number) => {
    const day = new Date(at)
    return day.getHours() === 0 && day.getMinutes() === 0 ? date.format(day) : time.format(day)
  }
  return [
    { ...look, size: 30, space: 64, values: (_, splits) => splits.map(timeText) },
    { ...look, size: 52, values: (_, splits) => splits.map((value) => number.format(value)) },
  ]
}

/** A line does not show a value without neighbours, so such values are drawn as points. */
const alone: UPlot.Series.Points.Filter = (plot, series) => {
  const values = plot.data[series] ?? []
  return [...values.keys()].filter(
    (place) => values[place] != null && values[place - 1] == null && values[place + 1] == null,
  )
}

const seriesOf = ({ name }: { name: string }, place: number): UPlot.Series => ({
  label: name,
  stroke: seriesColour(place),
  width: 2,
  points: { show: true, size: 6, fill: seriesColour(place), filter: alone },
})

const dataOf = ({ times, series }: TimePlotInput): UPlot.AlignedData => [
  [...times],
  ...series.map(({ values }) => [...values]),
]
const leftOf = ({ cursor, bbox }: UPlot) => (cursor.left ?? 0) + bbox.left / devicePixelRatio
const nothing = { left: 0, top: 0, width: 0, height: 0 }

/** What uPlot is made with. It draws what `shown` returns at that time. */
function optionsOf(shown: () => TimePlotInput): UPlot.Options {
  const { box, height, series } = shown()
  return {
    width: box.clientWidth,
    height,
    ms: 1,
    legend: { show: false },
    padding: [8, 20, 0, 0],
    cursor: { y: false, drag: { x: true, y: false, setScale: false }, bind: { dblclick: () => null } },
    scales: {
      x: {
        range: (_, least, most) => {
          const { range } = shown()
          return range === null ? [least, most] : [range.from, range.to]
        },
      },
      y: {
        range: (_, __, most) =>
          UPlot.rangeNum(0, Math.max(most, 1e-9), {
            min: { pad: 0, soft: 0, mode: 1 },
            max: { pad: 0.1, soft: 0, mode: 3 },
          }),
      },
    },
    axes: axesOf(shown()),
    series: [{}, ...series.map(seriesOf)],
    hooks: {
      draw: [(plot) => drawMarks(plot, shown())],
      setCursor: [(plot) => shown().onStep(plot.cursor.idx ?? null, leftOf(plot))],
      setSelect: [
        (plot) => {
          const { left, width } = plot.select
          plot.setSelect(nothing, false)
          if (width < leastDragPx) return
          const drawn = { from: plot.posToVal(left, 'x'), to: plot.posToVal(left + width, 'x') }
          shown().onZoom(drawnRange(drawn, shown().times))
        },
      ],
    },
  }
}

/** A chart that is drawn. */
export type TimePlot = {
  /** Draws newer input in the same place, also while somebody drags. False if that needs a new chart. */
  update: (input: TimePlotInput) => boolean
  /** Marks a step, or none, and returns its position. `onStep` is not called. */
  point: (place: number | null) => number
  redraw: () => void
  destroy: () => void
}

/** Draws a chart over time that shows its steps under the pointer and zooms by dragging. Destroy it at the end. */
export function drawTimePlot(input: TimePlotInput): TimePlot {
  let shown = input
  const plot = new UPlot(
    optionsOf(() => shown),
    dataOf(input),
    input.box,
  )
  // uPlot draws later by itself. Until then it knows no place of any step.
  plot.batch(() => undefined)
  return {
    update: (newer) => {
      const isSame =
        newer.box === shown.box &&
        newer.locale === shown.locale &&
        newer.series.length === shown.series.length
      if (!isSame) return false
      shown = newer
      const size = { width: newer.box.clientWidth, height: newer.height }
      plot.batch(() => {
        if (size.width !== plot.width || size.height !== plot.height) plot.setSize(size)
        plot.setData(dataOf(newer))
      })
      return true
    },
    point: (place) => {
      const at = place === null ? undefined : shown.times[place]
      plot.setCursor({ left: at === undefined ? -10 : plot.valToPos(at, 'x'), top: 0 }, false)
      return leftOf(plot)
    },
    redraw: () => plot.redraw(false),
    destroy: () => plot.destroy(),
  }
}
