import type { BlobSource } from '../values/blob.ts';
import type { ImportReader } from './check-imports.ts';
import type { DerivedCache } from './derived-cache.ts';
import type { ImportStatement } from './imports.ts';

/** Changes whenever `scanImports` gives other answers for the same text. */
const kind = 'python-imports-1';

/** Scans files of the application; what the store remembers is not scanned again, and then the parser is not loaded. */
export function createImportReader(store: BlobSource & DerivedCache): ImportReader {
  return async ({ path, content }) => {
    const remembered = await store.recall(kind, content.digest);
    const statements =
      remembered === undefined
        ? await scan(content)
        : (JSON.parse(Buffer.from(remembered).toString('utf8')) as readonly ImportStatement[]);
    return statements.map((statement) => ({ ...statement, where: { ...statement.where, file: path } }));
  };

  async function scan(content: Parameters<BlobSource['read']>[0]): Promise<readonly ImportStatement[]> {
    const { scanImports } = await import('./imports.ts');
    const source = new TextDecoder('utf-8', { ignoreBOM: true }).decode(await store.read(content));
    // The same text may lie under several names, so none is kept.
    const statements = scanImports(source, '');
    await store.remember(kind, content.digest, Buffer.from(JSON.stringify(statements)));
    return statements;
  }
}
