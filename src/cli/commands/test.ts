import { dirname, resolve } from 'node:path';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { TargetResult } from '../../app/testing/test-result.ts';
import type { Board } from '../../machine/qemu-system/board.ts';
import type { BuildRequest } from '../../pipeline/build-request.ts';
import type { TestRequest } from '../../pipeline/test.ts';
import { kernelOption } from '../boot-options.ts';
import { addBuildOptions, buildRequest } from '../build-options.ts';
import type { Call, CommandModule, Outcome } from '../command.ts';
import { boardNames, boardsOption, machineNames, machineOption } from '../machine-option.ts';
import { textStream } from '../ui/text-stream.ts';

export const testCommand: CommandModule = {
  configure(command) {
    addBuildOptions(command)
      .argument('[names...]', 'only tests that have one of these in their name; * stands for anything')
      .option('-k <pattern...>', 'the same as names, for habit')
      .option('--timeout <seconds>', 'for one test', '30')
      .option('--junit <file>', 'write the results as JUnit XML too')
      .option(
        '--machine <name>',
        `${machineNames.join(', ')}, or boards: ${boardNames.join(', ')}; without it, the first that works`,
      )
      .option('--kernel <name>', 'of boards: debian, the kernel that Debian has compiled; without it one of ours')
      .option('--network <mode>', 'none: loopback only; host', 'none')
      .addHelpText(
        'after',
        '\nExamples:\n  $ kilopy test\n  $ kilopy test examples/http --target linux/amd64,linux/arm64 --junit results.xml\n' +
          '  $ kilopy test . test_greets\n',
      );
  },
  async run(call): Promise<Outcome> {
    const { ctx, style } = call;
    const { options } = call;
    const boards = boardsOption(call);
    const request: TestRequest = {
      ...onBoards(buildRequest(call), boards),
      machine: boards === undefined ? machineOption(call) : undefined,
      boards,
      kernelOf: kernelOption(call),
      patterns: [...call.args.slice(1), ...((options.k as readonly string[] | undefined) ?? [])],
      timeoutMs: timeoutOption(options.timeout as string),
      network: networkOption(options.network as string),
    };
    const junit = options.junit as string | undefined;
    const { prepareTests, runTests } = await import('../../pipeline/test.ts');
    const { createTapWriter } = await import('../../report/tap.ts');
    const prepared = await prepareTests(ctx, request);
    let results: readonly TargetResult[] = [];
    const work = async (write: (text: string) => void): Promise<void> => {
      const tap = createTapWriter();
      results = await runTests(ctx, prepared, {
        target: (target, machine) => tap.target(target, machine),
        result: (result) => write(colour(tap.result(result), style)),
        targetDone: (result) => write(tap.targetDone(result)),
      });
      write(tap.end());
      if (junit !== undefined) await writeReport(call, prepared.assembled.spec.name, junit, results);
    };
    if (call.json) {
      await work(() => undefined);
      return { exitCode: exitCode(results), data: { ...counts(results), targets: results }, text: '' };
    }
    return {
      get exitCode() {
        return exitCode(results);
      },
      data: {},
      text: textStream(work),
    };
  },
};

function exitCode(results: readonly TargetResult[]): number {
  return results.some(({ failed }) => failed > 0) ? 1 : 0;
}

function counts(results: readonly TargetResult[]): Pick<TargetResult, 'passed' | 'failed' | 'skipped'> {
  const sum = (field: 'passed' | 'failed' | 'skipped'): number => results.reduce((all, one) => all + one[field], 0);
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
}

async function writeReport({ ctx }: Call, name: string, file: string, results: readonly TargetResult[]): Promise<void> {
  const { writeJunit } = await import('../../report/junit.ts');
  const path = resolve(ctx.cwd, file);
  await ctx.fs.makeDirectory(dirname(path));
  await ctx.fs.writeAtomic(path, writeJunit(name, results));
  ctx.emit({ type: 'note', text: `wrote ${file}` });
}

/** Only the verdicts: the lines stay what a TAP reader expects once the colour is off. */
function colour(text: string, style: Call['style']): string {
  return text.replace(
    /^( {4})(not ok|ok)\b/mu,
    (_, space: string, verdict: string) => `${space}${verdict === 'ok' ? style.green(verdict) : style.red(verdict)}`,
  );
}

function timeoutOption(text: string): number {
  const seconds = Number(text);
  if (/^\d+(?:\.\d+)?$/u.test(text) && seconds > 0 && seconds <= 86_400) return seconds * 1000;
  throw new KilopyError('KP1001', `--timeout takes a number of seconds, not ${text}`, { fix: 'write --timeout 60' });
}

function networkOption(text: string): 'none' | 'host' {
  if (text === 'none' || text === 'host') return text;
  throw new KilopyError('KP1001', `--network takes none or host, not ${text}`, { fix: 'write --network host' });
}

/** The targets are those of the boards. */
function onBoards(request: BuildRequest, boards: readonly Board[] | undefined): BuildRequest {
  if (boards === undefined) return request;
  const target = boards.map((board) => board.target).join(',');
  return { ...request, overrides: { ...request.overrides, target } };
}
