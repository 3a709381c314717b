import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { checkout } from '../support/cli.ts';

/** Links between the pages, and into the checkout: the file is there, and the heading behind `#`; and the README leads to every page. */

const pages = ['README.md', ...readdirSync(join(checkout, 'docs')).map((name) => `docs/${name}`)].filter((path) =>
  path.endsWith('.md'),
);

interface Link {
  /** Relative to the checkout. */
  readonly path: string;
  /** Without `#`. */
  readonly anchor: string;
  readonly written: string;
}

/** A page without what stands in fences. */
function prose(page: string): string {
  return readFileSync(join(checkout, page), 'utf8').replaceAll(/^ *```.*?^ *```$/gmsu, '');
}

function links(page: string): Link[] {
  return [...prose(page).matchAll(/\]\(([^)\s]+)\)/gu)]
    .map(([, written = '']) => written)
    .filter((written) => !/^https?:/u.test(written))
    .map((written) => {
      const [path = '', anchor = ''] = written.split('#');
      return { path: path === '' ? page : join(dirname(page), path), anchor, written };
    });
}

/** Anchors as GitHub makes them from headings. */
function anchors(page: string): string[] {
  return [...prose(page).matchAll(/^#+ (.+)$/gmu)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

test.each(pages)('every link of %s leads somewhere', (page) => {
  const broken = links(page).filter(({ path, anchor }) => {
    if (!existsSync(join(checkout, path)) || relative('.', path).startsWith('..')) return true;
    return anchor !== '' && !anchors(path).includes(anchor);
  });
  expect(broken).toEqual([]);
});

test('the README leads to every page of docs', () => {
  const reached = new Set(links('README.md').map(({ path }) => path));
  expect(pages.filter((page) => page !== 'README.md' && !reached.has(page))).toEqual([]);
});

/** `src/...`, `test/...` and the like in backquotes are files and folders of the checkout; a kilopy.yaml is a reader's own. */
test.each(pages)('paths of the checkout that %s names are there', (page) => {
  const named = [...prose(page).matchAll(/`((?:src|test|device|scripts|bench|examples)\/[\w./-]*\w)`/gu)];
  const absent = named
    .map(([, path = '']) => path)
    .filter((path) => !path.endsWith('/kilopy.yaml') && !existsSync(join(checkout, path)));
  expect(absent).toEqual([]);
});
