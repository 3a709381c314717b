import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { targets, type Target } from '../../src/spec/targets.ts';
import { makeTar } from './deb-file.ts';

/**
 * Programs that stand before those of this computer in PATH, so that runtimes are "compiled" in milliseconds: compilers that only say what
 * they are, an `unshare` that puts products where the build looks for them, and emulators that print what a runtime prints.
 */
export interface StandIns {
  /** For `PATH`. */
  readonly path: string;
  /** Builds of this target wait from now on. */
  readonly hold: (target: string) => void;
  readonly release: (target: string) => void;
  /** `start KIND TRIPLET` and `end KIND TRIPLET`, in the order of time. */
  readonly log: () => readonly string[];
}

/** Targets that no amd64 or arm64 computer runs without an emulator. */
export const standInTargets = ['linux/arm/v7', 'linux/arm/v5', 'linux/riscv64', 'linux/mips', 'linux/mipsle'] as const;

const macros: Readonly<Record<number, string>> = { 8: '__mips__', 40: '__arm__', 243: '__riscv' };

export async function standInCompilers(folder: string): Promise<StandIns> {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  const program = (name: string, text: string): void => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  for (const name of 'make patch python3 bzip2 gcc strip cmp'.split(' ')) program(name, 'exit 1');
  for (const target of targets.filter(({ name }) => (standInTargets as readonly string[]).includes(name))) {
    const { gnuTriplet, qemuUser, elf } = target;
    for (const name of ['ar', 'ranlib', 'strip', 'readelf', 'objdump']) program(`${gnuTriplet}-${name}`, 'exit 1');
    program(`${gnuTriplet}-gcc`, compiler(target));
    program(`${qemuUser}-static`, `echo 6148914691236517205 4.5 ${elf.byteOrder} 2`);
    const products = join(folder, 'products', gnuTriplet);
    mkdirSync(products, { recursive: true });
    const write = (name: string, content: string | Uint8Array): void => writeFileSync(join(products, name), content);
    write('micropython', header(target));
    write('micropython.full', header(target));
    write('moduledefs.h', '');
    write('frozen', 'kilopy_run.py\n');
    write('licence', 'MIT\n');
    write('licence-compiler', 'LGPL\n');
    write('objects', objects(target));
    write('musl.tar', await makeTar({ 'opt/musl/COPYRIGHT': 'MIT\n' }));
  }
  mkdirSync(join(folder, 'zig-lib'));
  writeFileSync(join(folder, 'zig-lib/compiler_rt.zig'), '');
  program('zig', zig(join(folder, 'zig-lib')));
  mkdirSync(join(folder, 'products/mpy-cross'));
  writeFileSync(join(folder, 'products/mpy-cross/mpy-cross'), '');
  program('unshare', build(folder));
  // What may stand before unshare.
  program('setpriv', `shift 2; [ "$1" = unshare ] || exec "$@"; shift; exec '${bin}/unshare' "$@"`);
  return {
    path: `${bin}:${process.env['PATH'] ?? ''}`,
    hold: (target) => writeFileSync(join(folder, `hold-${tripletOf(target)}`), ''),
    release: (target) => writeFileSync(join(folder, `go-${tripletOf(target)}`), ''),
    log: () => (existsSync(join(folder, 'log')) ? readFileSync(join(folder, 'log'), 'utf8').trim().split('\n') : []),
  };
}

export function tripletOf(name: string): string {
  return targets.find((target) => target.name === name)?.gnuTriplet ?? '';
}

function compiler(target: Target): string {
  return `case "$*" in
  -dumpmachine) echo ${target.gnuTriplet} ;;
  -dumpfullversion*) echo 13.2.1 ;;
  *) ${printed(target.name)} ;;
esac`;
}

/** One for all targets. */
function zig(library: string): string {
  return `case "$*" in
  version) echo 0.17.1 ;;
  env) echo '.{ .lib_dir = "${library}", .version = "0.17.1" }' ;;
  'ld.lld --version') echo 'LLD 22.1.8 (compatible with GNU linkers)' ;;
  'clang --version') echo 'clang version 22.1.8' ;;
  *--target=mips-*) ${printed('linux/mips')} ;;
  *--target=mipsel-*) ${printed('linux/mipsle')} ;;
esac`;
}

/** A command of the shell that prints the macros of a target. */
function printed(name: string): string {
  const lines = targets.filter((target) => target.name === name).flatMap(macrosOf);
  return `printf '%s\\n' ${lines.map((line) => `'${line}'`).join(' ')}`;
}

function macrosOf({ elf, name }: Target): readonly string[] {
  return [
    `#define ${macros[elf.machine] ?? ''} 1`,
    `#define __SIZEOF_POINTER__ ${String(elf.class / 8)}`,
    `#define __BYTE_ORDER__ __ORDER_${elf.byteOrder.toUpperCase()}_ENDIAN__`,
    ...(elf.floatAbi === 'soft' ? ['#define __SOFTFP__ 1', '#define __mips_soft_float 1'] : []),
    ...(name === 'linux/arm/v7' ? ['#define __ARM_PCS_VFP 1'] : []),
  ];
}

/** In the place of a build: `unshare ... sh -c TEXT sh ROOT`. */
function build(folder: string): string {
  return `for word; do last=$word; if [ "$before" = sh ] && [ -d "$word" ]; then root=$word; fi; before=$word; done
if [ "$last" = true ]; then exit 0; fi
triplet=$(sed -n "s/^export TRIPLET='\\(.*\\)'$/\\1/p" "$root/build.sh")
kind=musl
if grep -q '^export VARIANT=' "$root/build.sh"; then kind=micropython; fi
if [ -z "$triplet" ]; then kind=mpy-cross triplet=mpy-cross; fi
echo "start $kind $triplet" >> '${folder}/log'
if [ $kind = micropython ] && [ -e '${folder}'/hold-$triplet ]; then
  while [ ! -e '${folder}'/go-$triplet ]; do sleep 0.05; done
fi
mkdir -p "$root/products"
cp '${folder}'/products/$triplet/* "$root/products/"
echo "end $kind $triplet" >> '${folder}/log'`;
}

/** The header of a static program, and nothing else. */
function header({ elf }: Target): Uint8Array {
  const bytes = Buffer.alloc(64);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, elf.class / 32, elf.byteOrder === 'little' ? 1 : 2, 1]);
  const put = (value: number, at: number): void =>
    void (elf.byteOrder === 'little' ? bytes.writeUInt16LE(value, at) : bytes.writeUInt16BE(value, at));
  put(2, 16);
  put(elf.machine, 18);
  return bytes;
}

/** What readelf would say of three objects. */
function objects({ elf }: Target): string {
  return ['crt1.o', 'vm.o', 'micropython.full']
    .map(
      (name) => `File: /${name}
  Class:                             ELF${String(elf.class)}
  Data:                              2's complement, ${elf.byteOrder} endian
`,
    )
    .join('');
}
