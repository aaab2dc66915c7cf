/** The first line of a message. An algorithm's own error may be a page long. */
export const headline = (message: string): string => message.split('\n')[0] ?? message
