#!/usr/bin/env node
import { asksForRootHelp, rootHelp } from './root-help.ts';

const argv = process.argv.slice(2);

// Stack traces in terms of src/. Reading the maps takes longer than most commands.
if (argv.includes('--debug')) process.setSourceMapsEnabled(true);

if (asksForRootHelp(argv)) process.stdout.write(rootHelp());
else process.exitCode = await (await import('./main.ts')).main(argv);
