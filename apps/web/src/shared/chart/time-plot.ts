import UPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { seriesColour } from './series-colour.ts'

/** A part of the time axis, in milliseconds since 1970. */
export type TimeRange = { from: number; to: number }
/** Something that happened at a time and is marked in a chart. */
export type TimeMark = { at: number; kind: 'deploy' | 'start'; text: string }

/** What a chart over time draws. `times` and the values of each series belong to the same steps. */
export type TimePlotInput = {
  box: HTMLElement
  height: number
  times: readonly number[]
  series: readonly { name: string; values: readonly (number | null)[] }[]
  marks: readonly TimeMark[]
  range: TimeRange | null
  locale: string
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

/** A line shows no value that has none beside it, so those are drawn as points. */
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

/** Draws a chart over time that shows its steps under the pointer and zooms by dragging. Destroy it at the end. */
export function drawTimePlot(input: TimePlotInput): UPlot {
  const { box, height, times, series, range, onStep, onZoom } = input
  const data: UPlot.AlignedData = [[...times], ...series.map(({ values }) => [...values])]
  return new UPlot(
    {
      width: box.clientWidth,
      height,
      ms: 1,
      legend: { show: false },
      padding: [8, 20, 0, 0],
      cursor: { y: false, drag: { x: true, y: false, setScale: false }, bind: { dblclick: () => null } },
      scales: {
        x: { range: (_, least, most) => (range === null ? [least, most] : [range.from, range.to]) },
        y: {
          range: (_, __, most) =>
            UPlot.rangeNum(0, Math.max(most, 1e-9), {
              min: { pad: 0, soft: 0, mode: 1 },
              max: { pad: 0.1, soft: 0, mode: 3 },
            }),
        },
      },
      axes: axesOf(input),
      series: [{}, ...series.map(seriesOf)],
      hooks: {
        draw: [(plot) => drawMarks(plot, input)],
        setCursor: [
          ({ cursor, bbox }) => onStep(cursor.idx ?? null, (cursor.left ?? 0) + bbox.left / devicePixelRatio),
        ],
        setSelect: [
          (plot) => {
            const { left, width } = plot.select
            if (width < leastDragPx) return
            onZoom({ from: plot.posToVal(left, 'x'), to: plot.posToVal(left + width, 'x') })
          },
        ],
      },
    },
    data,
    box,
  )
}
