import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A program that behaves as QEMU does towards kilopy: it takes the same words, prints on its console what the kernel's command line asks for,
 * answers HTTP on the forwarded port, obeys Ctrl-C and the monitor. `fake.WORD` on the command line chooses what goes wrong: `fake.loses2` has another
 * program take the port of the first two starts, between kilopy's look and ours.
 */
const source = `#!${process.execPath}
const { createServer } = require('node:http');
const net = require('node:net');
const fs = require('node:fs');
const args = process.argv.slice(2);
const after = (name) => args[args.indexOf(name) + 1] ?? '';
if (args.includes('--version')) {
  console.log('QEMU emulator version 7.2.22 (fake)');
  process.exit(0);
}
const rule = /hostfwd=(tcp:127\\.0\\.0\\.1:(\\d+)-[^,\\s]*)/.exec(args.join(' ')) ?? [];
const losses = Number(/fake\\.loses(\\d+)/.exec(after('-append'))?.[1] ?? 0);
if (process.env.FAKE_QEMU !== 'child' && losses > 0) {
  fs.appendFileSync(__filename + '.starts', '.');
  if (fs.statSync(__filename + '.starts').size <= losses) return lose();
}
function lose() {
  const other = createServer((_, response) => response.end('another program\\n'));
  other.listen({ host: '127.0.0.1', port: Number(rule[2]) }, () => setTimeout(() => {
    console.error("qemu-system-mips: -netdev user,id=lan: Could not set up host forwarding rule '" + rule[1] + "'");
    process.exit(1);
  }, 150));
}
if (args.includes('-daemonize') && process.env.FAKE_QEMU !== 'child') {
  const { spawn } = require('node:child_process');
  const child = spawn(process.argv[0], process.argv.slice(1), { detached: true, stdio: 'ignore', env: { ...process.env, FAKE_QEMU: 'child' } });
  fs.writeFileSync(after('-pidfile'), String(child.pid) + '\\n');
  child.unref();
  process.exit(0);
}
const words = after('-append');
const has = (word) => words.split(' ').includes('fake.' + word);
if (has('refuse')) {
  console.error('qemu-system-mips: this is not possible');
  process.exit(1);
}
const log = /logfile=([^,]+)/.exec(after('-chardev'))?.[1];
const say = (text) => (log === undefined ? process.stdout.write(text) : fs.appendFileSync(log, text));
const off = (text) => {
  say(text + '\\r\\ninit: powering off\\r\\n');
  setTimeout(() => process.exit(0), 20);
};
const onKeys = (bytes) => {
  if (bytes.includes(3) && !has('deaf')) off('init: application ended with status 0');
  else say(bytes.toString().toUpperCase());
};
if (log === undefined) process.stdin.on('data', onKeys);
else net.createServer((socket) => socket.on('data', onKeys)).listen(/path=([^,]+)/.exec(after('-chardev'))[1]);
net.createServer((socket) => {
  socket.write('{"QMP": {}}\\n');
  socket.on('error', () => undefined);
  socket.on('data', (bytes) => {
    for (const line of bytes.toString().trim().split('\\n')) {
      socket.write(JSON.stringify({ return: {}, id: JSON.parse(line).id }) + '\\n');
      if (line.includes('"quit"')) setTimeout(() => process.exit(0), 20);
    }
  });
}).listen(/^unix:([^,]+)/.exec(after('-qmp'))[1]);
say('Linux version 6.1.0 ' + words + '\\r\\n');
const needed = Number(/fake\\.needs(\\d+)/.exec(words)?.[1] ?? 0);
if (has('panic') || Number.parseInt(after('-m'), 10) < needed) say('Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(8,0)\\r\\n');
else if (has('exit3')) off('init: application ended with status 3');
else if (has('killed')) off('init: application killed by signal 9');
else if (!has('silent')) {
  const port = /hostfwd=tcp:127\\.0\\.0\\.1:(\\d+)-/.exec(args.join(' '))?.[1];
  const server = createServer((_, response) => response.end('hello\\n'));
  if (port !== undefined) server.listen({ host: '127.0.0.1', port: Number(port) }, () => say('init: listening on 8080\\r\\n'));
}
`;

/** Writes the program under the names of QEMU into a folder, which then stands first in PATH. */
export function fakeQemu(folder: string): string {
  for (const name of ['qemu-system-mips', 'qemu-system-mipsel']) {
    const path = join(folder, name);
    writeFileSync(path, source);
    chmodSync(path, 0o755);
  }
  return `${folder}:${process.env.PATH ?? ''}`;
}
