/** What the comparison finds between two equal results. */
export default { share: 1, parts: [{ state: 'same' }] }
