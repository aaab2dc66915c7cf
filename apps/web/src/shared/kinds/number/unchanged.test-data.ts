/** What the comparison finds between two equal results. */
export default { delta: 0, share: 0 }
