import { expect, test } from 'vitest';
import { moduleProbeScript, parseModuleList } from './runtime-modules.ts';

test('a real MicroPython answers the probe', async () => {
  const { loadMicroPython } = await import('@micropython/micropython-webassembly-pyscript');
  const lines: string[] = [];
  const micropython = await loadMicroPython({ stdout: (line) => void lines.push(line) });
  micropython.runPython(moduleProbeScript);
  const modules = parseModuleList(lines.join('\n'));
  expect(modules.version).toMatch(/^1\.\d+\.\d+$/u);
  expect(modules.names).toEqual(expect.arrayContaining(['asyncio', 'asyncio.core', 'json', 'math', 'sys', 'ujson']));
  expect(modules.names).not.toContain('umath');
  expect(modules.names).not.toContain('ssl');
});

const printed = [
  'kilopy-modules 1',
  'version 1.25.0',
  'listing',
  '__main__          asyncio/__init__  ssl',
  'a_very_long_name_of_a_module        sys',
  'asyncio/core      gone/__init__     gone/part',
  'Plus any modules on the filesystem',
  '',
  'asked',
  'has sys',
  'has usys',
  'lacks ssl',
  'lacks gone',
  'complete',
];

test('the list of a runtime', () => {
  const names = ['__main__', 'a_very_long_name_of_a_module', 'asyncio', 'asyncio.core', 'sys', 'usys'];
  expect(parseModuleList(printed.join('\n'))).toEqual({ version: '1.25.0', names, libraryFiles: [] });
  expect(parseModuleList(`${printed.join('\r\n')}\r\n`).names).toEqual(names);
});

test('a runtime without help() answers the questions', () => {
  expect(parseModuleList([...printed.slice(0, 3), ...printed.slice(8)].join('\n')).names).toEqual(['sys', 'usys']);
});

test.each([0, 1, 2, 5, 9, 13])('a list cut after %i lines is refused', (lines) => {
  expect(() => parseModuleList(printed.slice(0, lines).join('\n'))).toThrow(
    expect.objectContaining({ code: 'KP3009' }),
  );
});
