export function buildHot(folder: string, outfile: string): Promise<void>
