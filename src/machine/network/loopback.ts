import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';

/** SIOCSIFFLAGS with IFF_UP | IFF_LOOPBACK | IFF_RUNNING (netdevice(7)). */
const perlScript =
  'use Socket; my $r = pack("a16s", "lo", 0x49); socket(my $s, AF_INET, SOCK_DGRAM, 0) or die $!; ioctl($s, 0x8914, $r) or die $!';

/** In the order of preference; perl is part of every Debian. */
const ways: readonly { readonly program: string; readonly args: readonly string[] }[] = [
  { program: 'ip', args: ['link', 'set', 'lo', 'up'] },
  { program: 'perl', args: ['-e', perlScript] },
  { program: 'ifconfig', args: ['lo', 'up'] },
  { program: 'busybox', args: ['ifconfig', 'lo', 'up'] },
];

/** The command that switches the loopback interface of a new network namespace on, undefined when no program here can. */
export async function loopbackUp(ctx: Context): Promise<readonly string[] | undefined> {
  for (const { program, args } of ways) {
    const path = await ctx.tools.find(program);
    if (path !== undefined) return [path, ...args];
  }
  return undefined;
}

/** As KP9013, for an app that is to be reached there. */
export function noLoopback(): KilopyError {
  return new KilopyError('KP9013', 'The loopback interface of a new network cannot be switched on', {
    why: `none of ${ways.map((way) => way.program).join(', ')} is installed`,
  });
}
