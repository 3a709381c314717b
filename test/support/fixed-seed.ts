import * as fc from 'fast-check';

/**
 * Property tests see the same examples in every run, so that a run that fails fails again. `KILOPY_SEED=N npm test` tries others; whoever
 * looks for faults uses that.
 */
fc.configureGlobal({ seed: Number(process.env['KILOPY_SEED'] ?? 20_261_126) });
