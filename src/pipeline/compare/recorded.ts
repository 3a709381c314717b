import type { Cell } from './comparison.ts';

/** Figures that were taken elsewhere, with where they are from. A given archive takes their place. */
export interface RecordedRoute {
  readonly name: string;
  readonly title: string;
  readonly disk?: RecordedFigure;
  readonly wire?: RecordedFigure;
}

type RecordedFigure = Omit<Extract<Cell, { kind: 'recorded' }>, 'kind'>;

const hand = 'the engineer with whom the project began, by hand';

/** Each is measured when `--given NAME=ARCHIVE` hands over its image. */
export const recordedRoutes: readonly RecordedRoute[] = [
  {
    name: 'micropython/unix',
    title: 'micropython/unix:v1.22 from Docker Hub',
    disk: { value: 540_399_040, source: hand },
  },
  {
    name: 'distroless',
    title: 'distroless base and MicroPython',
    disk: { value: 15_000_000, source: `${hand}: 15 MB`, precision: 'about' },
  },
  { name: 'alpine', title: 'Alpine 3.19 with its package manager', disk: { value: 10_813_763, source: hand } },
  {
    name: 'apko',
    title: 'apko',
    disk: { value: 1_000_000, source: `${hand}: under 1 MB`, precision: 'below' },
  },
  {
    name: 'openwrt',
    title: 'OpenWrt ImageBuilder malta/be, rootfs.tar.gz',
    wire: { value: 4_680_000, source: `${hand}: 4.68 MB`, precision: 'about' },
  },
];
