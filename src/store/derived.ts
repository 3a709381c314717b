import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isDigest, sha256 } from '../crypto/digest.ts';
import type { Context } from '../io/context.ts';
import type { BlobRef } from '../values/blob.ts';
import { isAbsence, type Blobs } from './blobs.ts';
import { derivedPath } from './folders.ts';
import { makeFolder } from '../io/make-folder.ts';
import { redactUrl } from '../io/redact-url.ts';
import type { Store } from './store.ts';
import { storeError } from './store-error.ts';
import { removeUnreadable } from './unreadable.ts';
import { temporaryPath } from './temporary.ts';

/**
 * `recall` and `remember`. The bytes are a blob; a reference file says which. It has two lines: JSON
 * `{"key", "digest", "sizeBytes"}`, and the SHA-256 of that line, so that a damaged reference is found too. A key that is a
 * URL stands there without its password: the file is for everybody to read, and its name is made from the whole key.
 */
export function createDerived(
  ctx: Context,
  blobs: Pick<Blobs, 'read' | 'put'>,
  root: string,
): Pick<Store, 'recall' | 'remember'> {
  function sayDamaged(kind: string): void {
    ctx.emit({ type: 'note', text: `an entry of the store (${kind}) was damaged and is made anew` });
  }
  return {
    async recall(kind, key) {
      const path = derivedPath(root, kind, key);
      let text: string;
      try {
        text = await readFile(path, 'utf8');
      } catch (error) {
        if ((await removeUnreadable(error, path)) !== undefined) sayDamaged(kind);
        return undefined;
      }
      const reference = parseReference(text);
      if (reference?.key !== redactUrl(key)) {
        await rm(path, { force: true });
        sayDamaged(kind);
        return undefined;
      }
      try {
        return await blobs.read(reference);
      } catch (error) {
        if (!isAbsence(error)) throw error;
        await rm(path, { force: true });
        return undefined;
      }
    },
    async remember(kind, key, bytes) {
      const ref = await blobs.put(bytes);
      writeReference(root, derivedPath(root, kind, key), formatReference({ key: redactUrl(key), ...ref }));
    },
  };
}

interface Reference extends BlobRef {
  readonly key: string;
}

function formatReference(reference: Reference): string {
  const { key, digest, sizeBytes } = reference;
  const line = JSON.stringify({ key, digest, sizeBytes });
  return `${line}\n${sha256(line)}\n`;
}

/** What a reference file says, or undefined when it is damaged. */
export function parseReference(text: string): Reference | undefined {
  const [line = '', checksum, rest] = text.split('\n');
  if (rest !== '' || checksum !== sha256(line)) return undefined;
  const value = JSON.parse(line) as Partial<Reference>;
  const { key, digest, sizeBytes } = value;
  if (key === undefined || digest === undefined || !isDigest(digest) || sizeBytes === undefined) return undefined;
  return { key, digest, sizeBytes };
}

function writeReference(root: string, path: string, text: string): void {
  const temporary = temporaryPath(root);
  try {
    writeFileSync(temporary, text, { flag: 'wx', mode: 0o644 });
    makeFolder(dirname(path));
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw storeError(error, root);
  }
}
