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
    const cell = (figure: RecordedRoute['disk']): Cell =>
      figure === undefined ? notAvailable(`no image is given; ${fix}`) : { kind: 'recorded', ...figure };
    const none = notAvailable(`no image is given; ${fix}`);
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
  const { images } = await inspect(ctx, path);
  const [image] = images;
  const disk = image === undefined ? undefined : (sum(image.layers.map(({ rawBytes }) => rawBytes)) ?? image.sizeBytes);
  const wire = image === undefined ? undefined : sum(image.layers.map(({ sizeBytes }) => sizeBytes));
  const unknown = notAvailable('images of others are looked into, not started');
  return {
    route: title,
    method: `read from ${basename(path)}`,
    disk: measured(disk, 'the file says nothing of layers'),
    wire: measured(wire, 'its layers are not compressed'),
    files: measured(image?.files, 'the file has no image'),
    start: unknown,
    rss: unknown,
    boot: noBoot,
  };
}
