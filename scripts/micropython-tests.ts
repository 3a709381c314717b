/**
 * Runs MicroPython's own tests against the runtimes `small` of all targets and writes docs/micropython-tests.md:
 * `tsx scripts/micropython-tests.ts [TARGET...]`. Compiles what is missing. Other rows stay as they are.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createContext } from '../src/io/create-context.ts';
import { ensureMicroPython } from '../src/runtime/micropython/ensure-micropython.ts';
import { targets } from '../src/spec/targets.ts';
import { openStore } from '../src/store/store.ts';
import { checkout } from '../test/support/cli.ts';
import { knownFailures, runSuite, unpackSuite } from '../test/support/micropython-suite.ts';
import { bars } from '../test/support/runtime-bars.ts';

const pagePath = join(checkout, 'docs/micropython-tests.md');
const head = '| target | MicroPython | performed | lines compared | passed | known failures | skipped |';

async function main(): Promise<void> {
  const ctx = createContext();
  const store = await openStore(ctx);
  const folder = mkdtempSync(join(tmpdir(), 'kilopy-suite-'));
  const before = existsSync(pagePath) ? readFileSync(pagePath, 'utf8').split('\n') : [];
  const wanted = process.argv.slice(2);
  const rows: string[] = [];
  try {
    for (const name of Object.keys(bars)) {
      const known = before.find((line) => line.startsWith(`| ${name} |`));
      if (wanted.length > 0 && !wanted.includes(name)) {
        rows.push(...(known === undefined ? [] : [known]));
        continue;
      }
      const target = targets.find((one) => one.name === name);
      if (target === undefined) throw new Error(name);
      const runtime = await ensureMicroPython(ctx, store, target, 'small');
      if (!existsSync(join(folder, 'tests'))) await unpackSuite(folder, store.root);
      const program = join(folder, runtime.blob.digest.slice(7));
      writeFileSync(program, await store.read(runtime.blob), { mode: 0o755 });
      const { performed, cases, skipped, failed } = await runSuite(folder, name, program);
      const unknown = failed.filter((test) => !knownFailures(name, 'small').has(test));
      if (unknown.length > 0) throw new Error(`${name}: ${unknown.join(', ')} failed`);
      const counts = [performed, cases, performed - failed.length, failed.length, skipped].map(String);
      rows.push(`| ${[name, runtime.version, ...counts].join(' | ')} |`);
      process.stdout.write(`${rows.at(-1) ?? ''}\n`);
    }
    writeFileSync(pagePath, pageOf(rows));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function pageOf(rows: readonly string[]): string {
  const reasons = [...knownFailures('linux/amd64', 'small')].map(([test, reason]) => `- \`${test}\`: ${reason}`);
  return `# MicroPython's own tests

MicroPython brings a suite of tests, which compares what programs print with what CPython prints or with recorded output. kilopy runs the suite of the
very source that a runtime is compiled from, with the variant \`small\` of every target: on this kernel where that can be, else under QEMU as
the least processor of the target (24Kc for MIPS, ARM926 for arm/v5). \`tsx scripts/micropython-tests.ts\` made this table.

${head}
| --- | --- | ---: | ---: | ---: | ---: | ---: |
${rows.join('\n')}

The folders are basics, float, extmod, ports/unix, micropython, import, io, misc, unicode, stress and cmdline. A test skips itself where a runtime lacks what it is about, such
as \`machine\` or native code; the little-endian ones do on MIPS. The few tests that need \`unittest\` of micropython-lib, which is no part of the source
package, run with kilopy's own. Those that type at the prompt are left out: an emulator is too slow for their pauses.

## Known failures

${reasons.join('\n')}

Every other failure fails \`npm run prove\`, which runs the suite natively on CI and for all targets by hand.
`;
}

await main();
