import * as openpgp from 'openpgp';
import { expect, test } from 'vitest';
import { makeSigner } from '../../test/support/openpgp-signer.ts';
import type { KilopyError } from '../errors/kilopy-error.ts';
import { parseClearSigned } from './clear-signed.ts';
import { debianKeys } from './keys/debian.ts';
import { parseKeyring, readKeyring, type Keyring } from './keyring.ts';
import { verifyClearSigned, verifyDetached } from './openpgp.ts';

const release = 'Origin: Test\nSuite: stable\nSHA256:\n 00 1 main/Packages  \n- dashed\n\nEnd: yes\n';
const signer = await makeSigner();
const second = await makeSigner({ name: 'Second Archive', type: 'rsa' });
const stranger = await makeSigner({ name: 'Stranger' });
const day = 86_400_000;

async function outcome(text: string, keyring: Keyring, nowMs = Date.now()): Promise<string> {
  return await verifyClearSigned(Buffer.from(text), keyring, nowMs, 'InRelease').then(
    ({ verdict }) => (verdict.kind === 'signature' ? verdict.signer : verdict.kind),
    (error: unknown) => (error as KilopyError).code,
  );
}

test('good text comes without what is not signed, and says who signed', async () => {
  const signed = await signer.clearSign(release);
  const { text, verdict } = await verifyClearSigned(Buffer.from(signed), signer.keyring, Date.now(), 'InRelease');
  expect(text).toBe(`${release.replace('  \n', '\n')}\n`);
  expect(verdict).toEqual({
    kind: 'signature',
    keyId: signer.keyring[0]?.fingerprint,
    signer: 'Test Archive <archive@example.org>',
  });
});

test.each<readonly [string, (signed: string) => string]>([
  ['CR LF', (signed) => signed.replaceAll('\n', '\r\n')],
  ['blanks at the ends of lines', (signed) => signed.replaceAll('\n', ' \t\n')],
  ['no final newline', (signed) => signed.trimEnd()],
  ['empty lines after the end', (signed) => `${signed}\n\n`],
])('%s do not matter', async (_, change) => {
  expect(await outcome(change(await signer.clearSign(release)), signer.keyring)).toMatch('Test Archive');
});

test('of several signatures one good one of a trusted key suffices, but none may be wrong', async () => {
  const signed = await signer.clearSign(release, [second, stranger]);
  expect(await outcome(signed, second.keyring)).toMatch('Second Archive');
  expect(await outcome(signed, [...stranger.keyring, ...second.keyring])).not.toMatch('KP');
  expect(await outcome(signed, debianKeys)).toBe('KP5001');
  expect(await outcome(signed, [])).toBe('KP5001');

  // A good signature of one key beside a signature of another key over other text.
  const wrong = await second.clearSign('Origin: Other\n');
  const joined = await joinSignatures(await signer.clearSign(release), wrong);
  expect(await outcome(joined, signer.keyring)).toMatch('Test Archive');
  expect(await outcome(joined, [...signer.keyring, ...second.keyring])).toBe('KP5002');
});

/** The text of the first with the signature packets of both. */
async function joinSignatures(first: string, other: string): Promise<string> {
  const packets = new openpgp.PacketList<openpgp.SignaturePacket>();
  for (const signed of [first, other]) {
    const { armoredSignature } = parseClearSigned(Buffer.from(signed), 'x');
    packets.push(...(await openpgp.readSignature({ armoredSignature })).packets);
  }
  const block = new openpgp.Signature(packets).armor();
  return first.slice(0, first.indexOf('-----BEGIN PGP SIGNATURE-----')) + block;
}

test('every flipped bit of the text is found', async () => {
  const signed = await signer.clearSign('Origin: Test\nSuite: stable\n');
  const begin = signed.indexOf('Origin');
  const end = signed.indexOf('stable') + 'stable'.length;
  for (let offset = begin; offset < end; offset += 1) {
    const bytes = Buffer.from(signed);
    bytes[offset]! ^= 1;
    expect(await outcome(bytes.toString(), signer.keyring)).toMatch(/^KP500[24]$/u);
  }
});

test('a flipped character of the signature is found, or lies where nothing is signed; a cut is always found', async () => {
  const signed = await signer.clearSign(release);
  const begin = signed.indexOf('-----BEGIN PGP SIGNATURE-----') + 40;
  const outcomes: string[] = [];
  for (let offset = begin; offset < signed.trimEnd().length; offset += 3) {
    const flipped = signed.slice(0, offset) + (signed[offset] === 'A' ? 'B' : 'A') + signed.slice(offset + 1);
    outcomes.push(await outcome(flipped, signer.keyring));
    expect(outcomes.at(-1)).toMatch(/^KP500\d$|^Test Archive/u);
    expect(await outcome(signed.slice(0, offset), signer.keyring)).toBe('KP5004');
  }
  expect(outcomes.filter((text) => text.startsWith('KP')).length).toBeGreaterThan(outcomes.length * 0.8);
});

test('expiry and the future', async () => {
  const createdAt = new Date(Date.now() - 10 * day);
  const short = await makeSigner({ createdAt, expiresInSeconds: (5 * day) / 1000 });
  const signed = await short.clearSign(release, [], new Date(Date.now() - 8 * day));
  expect(await outcome(signed, short.keyring, Date.now() - 7 * day)).toMatch('Test Archive');
  expect(await outcome(signed, short.keyring)).toBe('KP5003');
  expect(await outcome(signed, short.keyring, Date.now() - 9 * day)).toBe('KP5007');
  const both = await signer.clearSign(release);
  expect(await outcome(await joinSignatures(both, signed), [...short.keyring, ...signer.keyring])).toMatch(
    'Test Archive',
  );
});

test.each<readonly [string, (signed: string) => string]>([
  ['a web page', () => '<!doctype html>'],
  ['nothing', () => ''],
  ['text before it', (signed) => `Origin: Evil\n${signed}`],
  ['an empty line before it', (signed) => `\n${signed}`],
  ['text after it', (signed) => `${signed}Origin: Evil\n`],
  ['a second message after it', (signed) => signed + signed],
  ['another header', (signed) => signed.replace('Hash:', 'Comment: x\nHash:')],
  ['text among the headers', (signed) => signed.replace('Hash:', 'Origin: Evil\nHash:')],
  ['a dash that is not escaped', (signed) => signed.replace('- - dashed', '-- dashed')],
  ['no signature', (signed) => signed.slice(0, signed.indexOf('-----BEGIN PGP SIGNATURE-----'))],
  ['an empty signature', (signed) => signed.replace(/(SIGNATURE-----\n)[^]*(-----END)/u, '$1\n$2')],
])('%s is KP5004', async (_, change) => {
  expect(await outcome(change(await signer.clearSign(release)), signer.keyring)).toBe('KP5004');
});

test('bytes that are not UTF-8 are KP5004', async () => {
  const bytes = Buffer.from(await signer.clearSign(release));
  bytes[bytes.indexOf('Origin')] = 0xff;
  const verifying = verifyClearSigned(bytes, signer.keyring, Date.now(), 'InRelease');
  await expect(verifying).rejects.toMatchObject({ code: 'KP5004', exitCode: 5 });
});

test('detached signatures, armored and binary', async () => {
  const bytes = Buffer.from([0, 1, 2, 13, 10, 255]);
  const armored = await signer.detached(bytes);
  const binary = (await openpgp.readSignature({ armoredSignature: armored })).write() as Uint8Array;
  for (const signature of [Buffer.from(armored), binary]) {
    const { value, verdict } = await verifyDetached(bytes, signature, signer.keyring, Date.now(), 'Release');
    expect(value).toBe(bytes);
    expect(verdict).toMatchObject({ kind: 'signature', keyId: signer.keyring[0]?.fingerprint });
    const changed = Buffer.from(bytes);
    changed[3] = 10;
    const verifying = verifyDetached(changed, signature, signer.keyring, Date.now(), 'Release');
    await expect(verifying).rejects.toMatchObject({ code: 'KP5002' });
    const unknown = verifyDetached(bytes, signature, stranger.keyring, Date.now(), 'Release');
    await expect(unknown).rejects.toMatchObject({ code: 'KP5001' });
  }
  const rubbish = verifyDetached(bytes, Buffer.from('rubbish'), signer.keyring, Date.now(), 'Release');
  await expect(rubbish).rejects.toMatchObject({ code: 'KP5004' });
});

test('keys of a person: armored, binary, none', async () => {
  expect(await readKeyring(signer.binaryPublicKey, 'k.gpg')).toMatchObject([
    { fingerprint: signer.keyring[0]?.fingerprint, owner: 'Test Archive <archive@example.org>', origin: 'k.gpg' },
  ]);
  for (const bytes of ['', 'rubbish', signer.publicKey.slice(0, 200)]) {
    await expect(readKeyring(Buffer.from(bytes), 'k.gpg')).rejects.toMatchObject({ code: 'KP5006', where: 'k.gpg' });
  }
  const secret = signer.privateKey.armor();
  const [read] = await readKeyring(Buffer.from(secret), 'secret.asc');
  expect(read?.armored).toContain('PUBLIC KEY');
});

test("Debian's keys have the fingerprints that stand beside them", async () => {
  expect(debianKeys.map((key) => key.fingerprint)).toHaveLength(6);
  const keys = await parseKeyring(debianKeys);
  expect(keys.map((key) => key.getFingerprint().toUpperCase())).toEqual(debianKeys.map((key) => key.fingerprint));
  expect(keys.map((key) => key.getUserIDs()[0])).toEqual(debianKeys.map((key) => key.owner));
  const swapped = [{ ...debianKeys[0]!, fingerprint: debianKeys[1]!.fingerprint }];
  await expect(parseKeyring(swapped)).rejects.toMatchObject({ code: 'KP5006' });
});
