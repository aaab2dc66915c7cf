export function buildGate(folder: string, outfile: string): Promise<void>
