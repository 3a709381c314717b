/**
 * How much of the expensive matrix a run of `npm run prove` covers. On CI (`CI=true`, as `.ci/run` sets it) a fixed subset: what needs
 * amd64, arm/v5 and mips only. By hand everything, and with `--long` the numbers that take hours.
 */
export const long: boolean = process.env['KILOPY_LONG'] === '1';

export const whole: boolean = long || process.env['CI'] !== 'true';
