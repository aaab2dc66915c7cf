/** How many services one reading can ask for by their ids: as many as the first line of a request bears with every proxy. */
export const mostServiceIds = 100
