import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { testedTarget } from '../test/support/runtime-bars.ts';
import { build, bytes, printTable, scratch } from './support/kilopy.ts';
import { compare } from './support/measure.ts';

const starts = 100;
const program = 'print("hello")\n';

/** `--output bin` beside the runtime that is in it: bytes that are neither runtime nor application, and how much later it starts. */
export async function singleFileTable(): Promise<void> {
  const folder = scratch();
  mkdirSync(join(folder, 'hello'));
  writeFileSync(join(folder, 'hello/main.py'), program);
  const [file] = build(['hello', '--target', testedTarget, '--output', 'bin'], folder).artifacts;
  build(['hello', '--target', testedTarget, '--output', 'dir', '--out-dir', 'dir'], folder);
  if (file === undefined) throw new Error('no program was made');
  const runtime = join(folder, 'dir/hello-amd64.rootfs/usr/bin/micropython');
  const single = file.path;
  const size = statSync(single).size;
  const own = size - statSync(runtime).size - Buffer.byteLength(program);

  const loop = `i=0; while [ $i -lt ${String(starts)} ]; do "$@" || exit 1; i=$((i+1)); done`;
  const job = (name: string, words: readonly string[]) => ({ name, program: 'sh', args: ['-c', loop, 'sh', ...words] });
  // The runtime with its launcher, as an image starts it.
  const plain = [runtime, '-m', 'kilopy_run', join(folder, 'hello/main.py')];
  const { a, b } = await compare(job('single file', [single]), job('runtime', plain), 7);
  rmSync(folder, { recursive: true });
  const each = (seconds: number): string => `${((seconds / starts) * 1000).toFixed(2)} ms`;
  const later = each(a.medianSeconds - b.medianSeconds);
  printTable(
    'One program file (--output bin), hello',
    ['what', 'figure', 'bar'],
    [
      [`bytes beside runtime and application, ${testedTarget} (of ${bytes(size)})`, bytes(own), '≤ 1 000'],
      [
        'start later than the plain runtime',
        `${later} (${each(a.medianSeconds)} against ${each(b.medianSeconds)})`,
        '≤ 2 ms',
      ],
    ],
  );
}
