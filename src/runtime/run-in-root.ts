import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';
import { fullDisk, inScratch } from './full-disk.ts';

/** Where programs are looked for inside. */
export const buildPath: readonly string[] = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/**
 * Shows the root its own /proc, the host's /dev and the folders of the host that are named, then becomes it. `$1` is the folder. Every file system
 * below those folders is made read-only by itself, with the other options that it has: in a user's namespace they may not be dropped.
 */
const enter = `
set -e
root=$1
shift
for folder; do
  if [ -L "$folder" ]; then ln -s "$(readlink "$folder")" "$root$folder"
  elif [ -d "$folder" ]; then
    mkdir -p "$root$folder"
    mount --rbind "$folder" "$root$folder"
    mounts=$(cat /proc/self/mountinfo)
    while read -r id parent device top point options rest; do
      point=$(printf %b "$point")
      case $point/ in "$root$folder"/*)
        if ! mount -o "remount,bind,ro$(printf %s "$options" | cut -c3-)" "$point"; then
          echo "a build that uses $folder of this computer could write to $point" >&2
          exit 1
        fi
      esac
    done <<END
$mounts
END
  fi
done
set -- "$root"
mkdir -p "$1/proc" "$1/dev" "$1/tmp"
mount --rbind /dev "$1/dev"
mount -t proc proc "$1/proc"
exec chroot "$1" /bin/sh /build.sh
`;

/**
 * Runs a shell script inside a root file system, without network and without root rights on this computer. What it prints comes back line
 * by line, and is an event for --verbose.
 *
 * @param hostFolders absolute paths of this computer that are shown inside, not to be written
 * @throws KilopyError KP9212 with the last words when it fails, KP1005 when the disk is full
 */
export async function runInRoot(
  ctx: Context,
  root: string,
  script: string,
  onLine: (line: string) => void = () => undefined,
  hostFolders: readonly string[] = [],
): Promise<void> {
  await inScratch(ctx, async () => await ctx.fs.writeFile(`${root}/build.sh`, script));
  const rights = ctx.host.uid === 0 ? [] : ['--user', '--map-root-user'];
  const inside = ['sh', '-c', enter, 'sh', root, ...hostFolders];
  const args = [...rights, '--mount', '--pid', '--net', '--fork', '--kill-child', ...inside];
  const [program = 'unshare', ...words] = [...(await dyingWithUs(ctx)), 'unshare', ...args];
  const tool = ctx.tools.start(program, words, {
    stdout: 'pipe',
    stderr: 'pipe',
    detached: true,
    signal: ctx.signal,
    env: { PATH: buildPath.join(':'), HOME: '/tmp', LC_ALL: 'C', TZ: 'UTC' },
  });
  let said = '';
  const tell = (line: string): void => {
    onLine(line);
    ctx.emit({ type: 'step.output', text: line });
  };
  const read = async (stream: AsyncIterable<Uint8Array> | null): Promise<void> => {
    let open = '';
    for await (const chunk of stream ?? []) {
      const text = Buffer.from(chunk).toString();
      said = (said + text).slice(-4096);
      const lines = (open + text).split('\n');
      open = lines.pop() ?? '';
      lines.forEach(tell);
    }
    if (open !== '') tell(open);
  };
  try {
    const [, , exit] = await Promise.all([read(tool.stdout), read(tool.stderr), tool.exited]);
    if (exit.code === 0) return;
  } finally {
    tool.kill('SIGKILL', true);
  }
  if (/No space left on device|Disk quota exceeded/.test(said)) throw fullDisk(ctx.host.tempFolder);
  throw new KilopyError('KP9212', 'building from source failed', {
    why: said.trim().split('\n').slice(-12).join('\n'),
    fix: 'run again with --verbose to see everything that its programs print',
  });
}

/**
 * What makes the kernel end the build when this process is killed outright and can end nothing itself: unshare then takes the rest with
 * it. busybox's setpriv cannot; there a build that lost its kilopy goes on to its end, and its folder goes with the next build.
 */
async function dyingWithUs(ctx: Context): Promise<readonly string[]> {
  const words = ['setpriv', '--pdeathsig', 'KILL'];
  const [program = '', ...args] = words;
  if ((await ctx.tools.find(program)) === undefined) return [];
  return (await ctx.tools.run(program, [...args, 'true'], { timeoutMs: 30_000 })).status === 0 ? words : [];
}
