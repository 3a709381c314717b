#!/usr/bin/env node
import { asksForRootHelp, rootHelp } from './root-help.ts';

const argv = process.argv.slice(2);

if (asksForRootHelp(argv)) process.stdout.write(rootHelp());
else process.exitCode = await (await import('./main.ts')).main(argv);
