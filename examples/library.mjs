// kilopy from a program: builds a folder, and prints where its bytes are.
// node examples/library.mjs FOLDER [OUT_DIR]
/* oxlint-disable no-console */
import { build, createContext, inspect, KilopyError, size } from 'kilopy';

const [folder = 'examples/hello', outDir = 'dist'] = process.argv.slice(2);
const ctx = createContext({
  emit: (event) => {
    if (event.type === 'warning') console.error(`warning: ${event.text}`);
  },
});

try {
  const { artifacts } = await build(ctx, { folder, outDir, overrides: { output: 'oci' } });
  for (const { path, wireBytes, rawBytes } of artifacts) {
    console.log(`${path}: ${rawBytes} bytes on disk, ${wireBytes} on the wire`);
    const { images } = await inspect(ctx, path);
    for (const { platform, start } of images) console.log(`${platform} starts ${start?.entrypoint.join(' ')}`);
  }
  const { images } = await size(ctx, { folder });
  for (const { platform, owners } of images) {
    for (const { name, sizeBytes, wireBytes } of owners.slice(0, 3)) {
      console.log(`${platform}: ${name} has ${sizeBytes} bytes, ${wireBytes} compressed`);
    }
  }
} catch (error) {
  if (!(error instanceof KilopyError)) throw error;
  console.error(`${error.code}: ${error.message}\n${error.fix ?? ''}`);
  process.exitCode = error.exitCode;
}
