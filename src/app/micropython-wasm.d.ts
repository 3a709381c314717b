declare module '@micropython/micropython-webassembly-pyscript' {
  export interface MicroPython {
    readonly FS: { writeFile(path: string, bytes: Uint8Array): void };
    runPython(source: string): unknown;
  }
  export function loadMicroPython(options: {
    readonly heapsize?: number;
    readonly stdout?: (line: string) => void;
    readonly stderr?: (line: string) => void;
  }): Promise<MicroPython>;
}
