/** What the comparison finds between two equal results. */
export default [
  { delta: 0, risen: 0 },
  { delta: 0, risen: 0 },
]
