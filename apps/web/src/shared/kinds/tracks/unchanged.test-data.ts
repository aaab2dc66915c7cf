/** What the comparison finds between two equal results. */
export default { counts: { same: 3, moved: 0, relabelled: 0, onlyBase: 0, onlyOther: 0 } }
