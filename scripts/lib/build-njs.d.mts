export function buildNjs(folder: string, outfile: string): Promise<void>
