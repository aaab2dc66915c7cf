import { expect, test } from 'vitest'
import { labelColours } from './label-colours.ts'
import type { LookSlider, LookSwitch } from './look-settings.ts'
import { newLook } from './look.ts'

test('a label has one colour in all viewers, whatever else each of them draws', () => {
  const { look, add } = newLook()
  // Alone, each of these wants the same colour.
  const labels = ['人', '人脸', '车', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'k']
  const clash = labels
    .flatMap((one) => labels.map((other) => [one, other] as const))
    .find(([one, other]) => {
      const alone = (label: string) => labelColours([label]).get(label)
      return one < other && alone(one) === alone(other)
    })
  const [first = '', second = ''] = clash ?? []
  add(() => ({ labels: [second], tools: [] }))
  add(() => ({ labels: [first, second], tools: [] }))
  expect(look.colours.value.get(first)).not.toBe(look.colours.value.get(second))
})

test('the controls are those that one of the viewers has a use for, and the threshold spans the scores of all', () => {
  const { look, add } = newLook()
  add(() => ({ range: { min: 0, max: 1, step: 0.01 }, tools: ['labels', 'zoom'] }))
  const remove = add(() => ({ range: { min: -2, max: 5, step: 0.07 }, tools: ['labels', 'opacity'] }))
  expect([...look.drawn.value.tools]).toEqual(['labels', 'zoom', 'opacity'])
  expect(look.drawn.value.range).toEqual({ min: -2, max: 5, step: 0.07 })
  expect(look.threshold.value).toBe(-2)
  remove()
  expect([...look.drawn.value.tools]).toEqual(['labels', 'zoom'])
  expect(look.threshold.value).toBe(0)
})

test('without scores there is no range, and a label is hidden and shown again', () => {
  const { look, add } = newLook()
  add(() => ({ labels: ['a'], range: null, tools: [] }))
  expect([look.drawn.value.range, look.threshold.value]).toEqual([null, 0])
  look.toggleLabel('a')
  expect([...look.hiddenLabels.value]).toEqual(['a'])
  look.toggleLabel('a')
  expect([...look.hiddenLabels.value]).toEqual([])
})

test('viewers that bring the same setting share its control and its value, until none of them is left', () => {
  const { look, add } = newLook()
  const shadows: LookSwitch = {
    control: 'switch',
    name: 'a.shadows',
    labelKey: 'viewers.show_labels',
    initial: true,
  }
  const width: LookSlider = {
    control: 'slider',
    name: 'a.width',
    labelKey: 'viewers.opacity',
    initial: 3,
    min: 1,
    max: 9,
    step: 1,
  }
  const removeFirst = add(() => ({ settings: [width, shadows] }))
  const removeSecond = add(() => ({ settings: [shadows] }))
  expect([look.drawn.value.switches, look.drawn.value.sliders]).toEqual([[shadows], [width]])
  expect([look.switchOf(shadows).value, look.sliderOf(width).value]).toEqual([true, 3])
  look.switchOf(shadows).value = false
  look.sliderOf(width).value = 5
  removeFirst()
  expect([look.drawn.value.switches, look.drawn.value.sliders]).toEqual([[shadows], []])
  // Another setting with the same words has a value of its own.
  expect(look.switchOf({ ...shadows }).value).toBe(true)
  removeSecond()
  expect(look.drawn.value.switches).toEqual([])
  expect([look.switchOf(shadows).value, look.sliderOf(width).value]).toEqual([false, 5])
})
