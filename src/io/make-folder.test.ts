import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { makeFolder } from './make-folder.ts';

/** What another process does right after a mkdir here has failed. */
let meanwhile: ((path: string) => void) | undefined;

vi.mock(import('node:fs'), async (load) => {
  const real = await load();
  const mkdir = (path: string): void => {
    try {
      real.mkdirSync(path);
    } catch (error) {
      meanwhile?.(path);
      throw error;
    }
  };
  return { ...real, mkdirSync: mkdir as typeof real.mkdirSync };
});

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'make-folder-'));
});

afterEach(() => {
  meanwhile = undefined;
  rmSync(root, { recursive: true });
});

describe('makeFolder', () => {
  test('makes the parents too, and finds a folder that is there', () => {
    const path = join(root, 'a', 'b', 'c');
    makeFolder(path);
    makeFolder(path);
    expect(statSync(path).isDirectory()).toBe(true);
  });

  test.each(['a', 'a/b', 'a/b/c'])('beside another process that makes %s first', (first) => {
    const path = join(root, 'a', 'b', 'c');
    let made = 0;
    meanwhile = () => {
      if (made > 0) return;
      for (const folder of ['a', 'a/b', 'a/b/c'].filter((name) => name.length <= first.length)) {
        made += 1;
        mkdirSync(join(root, folder));
      }
    };
    makeFolder(path);
    expect(made).toBeGreaterThan(0);
    expect(statSync(path).isDirectory()).toBe(true);
  });

  test('below /proc, where every attempt is answered with ENOENT', () => {
    expect(() => makeFolder('/proc/kilopy/store')).toThrow('ENOENT');
  });
});
