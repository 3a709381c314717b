import { basename } from 'node:path';
import type { Context } from '../../io/context.ts';
import { inspect } from '../inspect.ts';
import { measured, noBoot, notAvailable, sum, type Cell, type Row } from './comparison.ts';
import type { RecordedRoute } from './recorded.ts';

/** The route of others: what was recorded, or what the image that is given says of itself. Nothing of it is started. */
export async function givenRow(ctx: Context, route: RecordedRoute, path: string | undefined): Promise<Row> {
  const { title, name } = route;
  if (path === undefined) {
    const fix = `--given ${name}=ARCHIVE measures it`;
    const unmeasured = 'no image is given (--given ROUTE=ARCHIVE measures it)';
    const cell = (figure: RecordedRoute['disk']): Cell =>
      figure === undefined ? notAvailable(unmeasured) : { kind: 'recorded', ...figure };
    const none = notAvailable(unmeasured);
    return {
      route: title,
      method: fix,
      disk: cell(route.disk),
      wire: cell(route.wire),
      files: none,
      start: none,
      rss: none,
      boot: noBoot,
    };
  }
  const unknown = notAvailable('images of others are looked into, not started');
  return {
    route: title,
    method: `read from ${basename(path)}; layers alone on the wire`,
    ...(await archiveSizes(ctx, path)),
    start: unknown,
    rss: unknown,
    boot: noBoot,
  };
}

/** Of an image that somebody else made: its layers, uncompressed and as they are sent, without configuration and manifest. */
export async function archiveSizes(ctx: Context, path: string): Promise<Pick<Row, 'disk' | 'wire' | 'files'>> {
  const [image] = (await inspect(ctx, path)).images;
  const disk = image === undefined ? undefined : (sum(image.layers.map(({ rawBytes }) => rawBytes)) ?? image.sizeBytes);
  const wire = image === undefined ? undefined : sum(image.layers.map(({ sizeBytes }) => sizeBytes));
  return {
    disk: measured(disk, 'the file says nothing of layers'),
    wire: measured(wire, 'its layers are not compressed'),
    files: measured(image?.files, 'the file has no image'),
  };
}
