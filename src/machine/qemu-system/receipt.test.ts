import { expect, test } from 'vitest';
import { receiptText, type Receipt } from './receipt.ts';

const receipt: Receipt = {
  bootToListenMs: 440,
  bootToAnswerMs: 550,
  machine: 'malta-be',
  form: 'initramfs',
  accelerator: 'tcg',
  bootedFiles: [],
  flashBytes: 1_049_000,
  kernelFlashBytes: 854_000,
  rootFlashBytes: 195_000,
  ramMiB: 32,
  kernel: '6.1.192',
};

test('times, flash and memory in one line', () => {
  expect(receiptText(receipt, undefined)).toBe(
    '  listening 0.44 s after start, first answer 0.55 s; flash 1 049 kB (kernel 854, root 195); memory 32 MiB given\n',
  );
});

test('what the application has, and what is left on a device', () => {
  const text = receiptText(
    {
      ...receipt,
      appRssBytes: 412_000,
      appPeakRssBytes: 455_000,
      appHeapPeakBytes: 96_000,
      device: 'malta-be',
      deviceLimitBytes: 109_051_904,
      deviceLeftBytes: 108_002_904,
    },
    undefined,
  );
  expect(text).toContain('  the application has 412 kB in memory, at most 455, of which its heap 96\n');
  expect(text).toContain('  on malta-be 108 003 of 109 052 kB are left\n');
});

test('what differs from the run before, and not what varies by itself', () => {
  const now = { ...receipt, flashBytes: 1_049_100, appPeakRssBytes: 600_000, bootToAnswerMs: 600 };
  expect(receiptText(now, { ...receipt, appPeakRssBytes: 400_000 })).toContain(
    '  since the last run: flash +100 B; application +200 kB in memory\n',
  );
  expect(receiptText({ ...receipt, bootToAnswerMs: 900 }, receipt)).toContain('run: first answer 0.35 s later');
  expect(receiptText({ ...receipt, bootToAnswerMs: 200 }, receipt)).toContain('run: first answer 0.35 s earlier');
  expect(receiptText({ ...receipt, form: 'single', bootToAnswerMs: 200 }, receipt)).toContain(
    '  since the last run (initramfs): first answer 0.35 s earlier\n',
  );
  expect(receiptText({ ...receipt, bootToAnswerMs: 600 }, receipt)).not.toContain('since the last run');
});
