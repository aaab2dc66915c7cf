/** What the comparison finds between two equal results. */
export default { onlyBase: [], onlyOther: [] }
