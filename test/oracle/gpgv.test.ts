import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { debianKeys } from '../../src/crypto/keys/debian.ts';
import type { Keyring } from '../../src/crypto/keyring.ts';
import { verifyClearSigned, verifyDetached } from '../../src/crypto/openpgp.ts';
import { makeSigner, type TestSigner } from '../support/openpgp-signer.ts';

const folder = mkdtempSync(join(tmpdir(), 'kilopy-gpgv-'));
const signers = { ed25519: await makeSigner(), rsa: await makeSigner({ type: 'rsa' }) };
const stranger = await makeSigner();
const release = 'Origin: Test  \nSuite: stable\t\n\n- dash\n-- two\nFrom me\n \nÄ: ö\n\n';

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What gpgv says: `GOODSIG`, `BADSIG`, `ERRSIG` (unknown key), `EXPKEYSIG`, `NODATA`. */
function gpgv(signer: TestSigner, ...files: readonly string[]): readonly string[] {
  const keyring = join(folder, 'keyring.gpg');
  writeFileSync(keyring, signer.binaryPublicKey);
  const { stdout } = spawnSync('gpgv', ['--homedir', folder, '--status-fd', '1', '--keyring', keyring, ...files]);
  const words = [...String(stdout).matchAll(/^\[GNUPG:\] (GOODSIG|BADSIG|ERRSIG|EXPKEYSIG|NODATA)/gmu)];
  return words.map(([, word = '']) => word);
}

async function ours(text: string, keyring: Keyring): Promise<string> {
  return await verifyClearSigned(Buffer.from(text), keyring, Date.now(), 'InRelease').then(
    () => 'GOODSIG',
    (error: { code: string }) =>
      ({ KP5001: 'ERRSIG', KP5002: 'BADSIG', KP5003: 'EXPKEYSIG', KP5004: 'NODATA' })[error.code] ?? '',
  );
}

const changes: readonly (readonly [string, (signed: string) => string, string])[] = [
  ['good', (signed) => signed, 'GOODSIG'],
  ['with CR LF', (signed) => signed.replaceAll('\n', '\r\n'), 'GOODSIG'],
  ['with blanks at ends of lines', (signed) => signed.replaceAll('\n', '  \n'), 'GOODSIG'],
  ['with a flipped byte', (signed) => signed.replace('Test', 'Tesu'), 'BADSIG'],
  ['with a line less', (signed) => signed.replace(/Suite[^\n]*\n/u, ''), 'BADSIG'],
  ['with an empty line more', (signed) => signed.replace('Suite', '\nSuite'), 'BADSIG'],
  ['a web page', () => '<!doctype html>\n', 'NODATA'],
];

for (const [type, signer] of Object.entries(signers)) {
  test.each(changes)(`${type}, %s: kilopy and gpgv agree`, async (_, change, expected) => {
    const text = change(await signer.clearSign(release));
    const path = join(folder, 'InRelease');
    writeFileSync(path, text);
    expect(gpgv(signer, path)[0]).toBe(expected);
    expect(await ours(text, signer.keyring)).toBe(expected);
  });

  test(`${type}: an unknown key`, async () => {
    const text = await signer.clearSign(release);
    const path = join(folder, 'InRelease');
    writeFileSync(path, text);
    expect(gpgv(stranger, path)).toEqual(['ERRSIG']);
    expect(await ours(text, stranger.keyring)).toBe('ERRSIG');
  });

  test(`${type}: a key that has expired`, async () => {
    const day = 86_400_000;
    const createdAt = new Date(Date.now() - 10 * day);
    const short = await makeSigner({
      type: type === 'rsa' ? 'rsa' : 'ecc',
      createdAt,
      expiresInSeconds: (5 * day) / 1000,
    });
    const text = await short.clearSign(release, [], new Date(Date.now() - 8 * day));
    const path = join(folder, 'InRelease');
    writeFileSync(path, text);
    expect(gpgv(short, path)).toEqual(['EXPKEYSIG']);
    expect(await ours(text, short.keyring)).toBe('EXPKEYSIG');
  });
}

test('what gpg signs, kilopy takes: clear-signed with two keys, and detached', async () => {
  const home = mkdtempSync(join(tmpdir(), 'kilopy-gpg-'));
  try {
    const gpg = (input: string, ...args: readonly string[]): Buffer =>
      execFileSync(
        'gpg',
        ['--homedir', home, '--batch', '--quiet', '--no-tty', '--pinentry-mode', 'loopback', ...args],
        {
          input,
          stdio: ['pipe', 'pipe', 'ignore'],
        },
      );
    for (const signer of Object.values(signers)) gpg(signer.privateKey.armor(), '--import');
    const users = Object.values(signers).flatMap((signer) => ['-u', signer.keyring[0]!.fingerprint]);
    const signed = gpg(release, '--clearsign', ...users).toString();
    for (const signer of Object.values(signers)) expect(await ours(signed, signer.keyring)).toBe('GOODSIG');
    expect(await ours(signed.replace('stable', 'stabld'), signers.rsa.keyring)).toBe('BADSIG');
    const signature = gpg(release, '--detach-sign', ...users);
    const { verdict } = await verifyDetached(
      Buffer.from(release),
      signature,
      signers.rsa.keyring,
      Date.now(),
      'Release',
    );
    expect(verdict.kind).toBe('signature');
  } finally {
    spawnSync('gpgconf', ['--homedir', home, '--kill', 'gpg-agent']);
    rmSync(home, { recursive: true, force: true });
  }
});

test("gpg reads the same fingerprints from Debian's keys", () => {
  for (const key of debianKeys) {
    const listed = execFileSync('gpg', ['--homedir', folder, '--with-colons', '--show-keys'], {
      input: key.armored,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    expect(/^fpr:+([0-9A-F]{40}):/mu.exec(String(listed))?.[1]).toBe(key.fingerprint);
  }
});
