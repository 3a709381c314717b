import type { Context } from '../../io/context.ts';
import type { ToolPackage } from '../../io/tool-packages.ts';
import type { CommandModule } from '../command.ts';
import { formatTable } from '../ui/table.ts';

interface Finding extends ToolPackage {
  readonly path: string | undefined;
  readonly version: string | undefined;
}

export const doctorCommand: CommandModule = {
  configure() {},
  async run({ ctx, style }) {
    const { toolPackages } = await import('../../io/tool-packages.ts');
    const found: Finding[] = await Promise.all(toolPackages.map((tool) => look(ctx, tool)));
    const missing = found.filter((tool) => tool.path === undefined);
    const rows = found.map((tool) => [
      tool.path === undefined ? style.yellow('missing') : style.green('found'),
      tool.program,
      tool.version ?? '',
      tool.unlocks,
    ]);
    const install = installLine(missing);
    const lines = [
      formatTable([['', 'program', 'version', 'what it unlocks'].map((head) => style.bold(head)), ...rows]),
      '',
      install === undefined
        ? 'Nothing is missing.'
        : `To install what is missing (to build containers, only unshare is needed, and that for the first use of a runtime):\n  ${install}`,
    ];
    return { data: { node: process.version, tools: found, install: install ?? null }, text: `${lines.join('\n')}\n` };
  },
};

async function look(ctx: Context, tool: ToolPackage): Promise<Finding> {
  const path = await ctx.tools.find(tool.program);
  return { ...tool, path, version: path === undefined ? undefined : await versionOf(ctx, tool.program) };
}

/** The first thing that looks like a version in what the program says of itself. */
async function versionOf(ctx: Context, program: string): Promise<string | undefined> {
  try {
    const result = await ctx.tools.run(program, ['--version'], { timeoutMs: 5000 });
    return /\d+\.\d+[\w.+~-]*/.exec(new TextDecoder().decode(result.stdout) + result.stderr)?.[0];
  } catch {
    return undefined;
  }
}

function installLine(missing: readonly Finding[]): string | undefined {
  if (missing.length === 0) return undefined;
  const packages = [...new Set(missing.map((tool) => tool.package))].sort();
  return `apt-get install --no-install-recommends ${packages.join(' ')}`;
}
