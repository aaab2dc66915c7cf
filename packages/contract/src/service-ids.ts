/**
 * The maximum number of services that one request can ask for by id. Every proxy accepts a request line of
 * this length.
 */
export const mostServiceIds = 100
