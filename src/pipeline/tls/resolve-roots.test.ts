import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeAuthority, type Authority } from '../../../test/support/certificates.ts';
import { digestOf } from '../../emit/measure.ts';
import { createContext } from '../../io/create-context.ts';
import type { Lock, LockRoot, LockSection } from '../../lock/lock.ts';
import type { Spec } from '../../spec/spec.ts';
import { openStore, type Store } from '../../store/store.ts';
import { resolveRoots } from './resolve-roots.ts';
import { rootsNode } from './roots-node.ts';

/** Roots of hosts that the lock keeps: nobody is asked again, and the fingerprint decides. */

let folder: string;
let store: Store;
let authority: Authority;
let locked: LockRoot;
const where = { file: 'kilopy.yaml', line: 2, column: 11 };
const host = { text: 'api.example.org', where, kind: 'host', host: 'api.example.org', port: 443 } as const;
const spec = { tls: { roots: [host], verify: true, where } } as unknown as Spec;
const warnings: string[] = [];
const ctx = {
  ...createContext(),
  emit: (event: { readonly type: string; readonly text?: string }) => {
    if (event.type === 'warning') warnings.push(event.text ?? '');
  },
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kilopy-roots-'));
  store = await openStore(createContext(), join(folder, 'store'), { offline: true });
  authority = makeAuthority(folder, 'Company', 4_000);
  const der = new X509Certificate(authority.certificate).raw;
  const { digest } = await store.put(der);
  const sha256 = digest.slice('sha256:'.length);
  locked = { for: host.text, name: 'CN=Company', sha256, sizeBytes: der.length, expires: '2037-01-01' };
});

afterAll(() => rmSync(folder, { recursive: true }));

function section(roots?: readonly LockRoot[]): LockSection {
  return {
    base: 'static',
    wishes: [],
    settings: {},
    sources: [],
    packages: [],
    ...(roots && { roots }),
  } as unknown as LockSection;
}

const lock = { sections: [] } as unknown as Lock;

test('what the lock has is taken for every target, and the host is not asked', async () => {
  const sections = [section([locked]), section([locked])];
  const answer = await resolveRoots(ctx, store, spec, { sections, lock });
  expect(answer.sections.map(({ roots }) => roots)).toEqual([[locked], [locked]]);
  expect(answer.lock).toBe(lock);
});

test('what the lock does not have cannot be had offline: the host, and what to do', async () => {
  await expect(resolveRoots(ctx, store, spec, { sections: [section()], lock })).rejects.toMatchObject({
    code: 'KP2203',
    where,
    message: expect.stringContaining('api.example.org') as string,
  });
});

test('the certificate of the lock, and nothing else, is in the image', async () => {
  warnings.length = 0;
  const node = await rootsNode(ctx, store, spec, { roots: [locked] }, 0);
  if (node?.type !== 'file') throw new Error('no file');
  expect(node.path).toBe('etc/ssl/certs/ca-certificates.crt');
  expect(Buffer.from(await store.read(node.content)).toString()).toBe(authority.certificate);
  expect(warnings).toEqual([]);
});

test('one that ends within a year is warned about at every build', async () => {
  warnings.length = 0;
  const clock = { ...ctx.clock, now: () => Date.now() + 3_900 * 86_400_000 };
  await rootsNode({ ...ctx, clock }, store, spec, { roots: [locked] }, 0);
  expect(warnings).toEqual([
    expect.stringMatching(/^the root certificate .*Company of api\.example\.org expires on 20\d\d/u),
  ]);
});

test('a lock without the root of a host that is wanted', async () => {
  await expect(rootsNode(ctx, store, spec, { roots: [] }, 0)).rejects.toMatchObject({ code: 'KP2205', where });
});

test('a certificate in the store under a fingerprint that is not its own is not used', async () => {
  const wrong = digestOf(Buffer.from('another')).slice('sha256:'.length);
  await expect(rootsNode(ctx, store, spec, { roots: [{ ...locked, sha256: wrong }] }, 0)).rejects.toMatchObject({
    exitCode: 4,
  });
});
