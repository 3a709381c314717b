import { X509Certificate } from 'node:crypto';

/** A certificate, and what is said of it. */
export interface Certificate {
  readonly der: Uint8Array;
  /** Its common name, or the whole subject on one line. */
  readonly name: string;
  readonly expires: Date;
}

/** Certificates of a file: PEM blocks with anything between them, or one as DER. Empty when there is none. */
export function readCertificates(bytes: Uint8Array): readonly Certificate[] {
  const blocks = Buffer.from(bytes)
    .toString('latin1')
    .match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/gu);
  return (blocks ?? [bytes]).flatMap((block) => {
    try {
      return [described(new X509Certificate(block))];
    } catch {
      return [];
    }
  });
}

/** As PEM with lines of 64 characters, RFC 7468. */
export function toPem(der: Uint8Array): string {
  const lines = Buffer.from(der)
    .toString('base64')
    .replaceAll(/.{64}(?=.)/gu, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

function described({ raw, subject, validTo }: X509Certificate): Certificate {
  const name = /^CN=(.*)$/mu.exec(subject)?.[1] ?? subject.replaceAll('\n', ', ');
  return { der: raw, name, expires: new Date(validTo) };
}
