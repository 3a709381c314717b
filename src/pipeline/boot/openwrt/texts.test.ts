import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import {
  attendedScript,
  consoleScript,
  initScript,
  inittab,
  networkConfig,
  serviceScript,
  systemConfig,
} from './texts.ts';

const facts = {
  service: 'greeter',
  hostname: 'greeter',
  clockFloorSeconds: 1_700_000_000,
  start: {
    entrypoint: ['/usr/bin/micropython', '/app/main.py', "it's"],
    env: { GREETING: 'a "quoted" $word', EMPTY: '' },
    user: { uid: 65_532, gid: 65_532 },
    workdir: '/app',
    ports: [8080],
    stopSignal: 'SIGINT',
  },
  user: 'nonroot',
  console: 'ttyS0',
  debug: false,
} as const;

test.each([
  ['service', serviceScript(facts)],
  ['attended', attendedScript],
  ['console', consoleScript(facts)],
  ['console, debug', consoleScript({ debug: true })],
  ['init', initScript],
])('%s: a shell takes it', (_, text) => {
  expect(execFileSync('sh', ['-n'], { input: text }).toString()).toBe('');
});

/** What procd is told, by a shell in which its words are functions that print. */
function told(attended: boolean): readonly string[] {
  const script = serviceScript(facts)
    .replaceAll('grep -q kilopy.attended /proc/cmdline', attended ? 'true' : 'false')
    .replaceAll('/var/', '/tmp/kilopy-none/');
  const stand =
    'mkdir() { :; }; mkfifo() { :; }; chown() { echo "chown $*"; }; date() { echo 9999999999; }\n' +
    'procd_open_instance() { :; }; procd_close_instance() { :; }; procd_set_param() { printf "%s|" "$@"; echo; }\n';
  return execFileSync('sh', { input: `${stand}${script}\nstart_service` })
    .toString()
    .trim()
    .split('\n');
}

test('procd gets every word of the application as it is', () => {
  expect(told(false)).toEqual([
    `command|/bin/sh|-c|cd "$0" && exec "$@"|/app|/usr/bin/micropython|/app/main.py|it's|`,
    'respawn|3600|5|0|',
    'env|GREETING=a "quoted" $word|EMPTY=|',
    'user|nonroot|',
    'stdout|1|',
    'stderr|1|',
  ]);
});

test('at the console it is not started again', () => {
  const lines = told(true);
  expect(lines[1]).toBe(`command|/usr/lib/kilopy/attended|/app|/usr/bin/micropython|/app/main.py|it's|`);
  expect(lines.filter((line) => line.startsWith('respawn'))).toEqual([]);
  expect(lines[0]).toBe('chown nonroot /tmp/kilopy-none/run/kilopy/console');
});

test('it is the first of all services, and of those that are stopped', () => {
  expect(serviceScript(facts)).toMatch(/^START=00\nSTOP=00$/mu);
});

test('the console is procd’s to keep, and the network has no bridge', () => {
  expect(inittab(facts)).toContain('ttyS0::respawn:/usr/lib/kilopy/console\n');
  expect(networkConfig).not.toContain('bridge');
  expect(systemConfig({ hostname: 'greeter' })).toContain("option hostname 'greeter'");
});
