/** What the comparison finds between two equal results. */
export default { state: 'compared', rmse: 0, absRel: 0 }
