/** What the comparison finds between two equal results. */
export default { match: { pairs: [{ state: 'same' }, { state: 'same' }], onlyBase: [], onlyOther: [] } }
