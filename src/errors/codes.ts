import { apkCodes } from './codes/apk.ts';
import { apkFileCodes } from './codes/apk-files.ts';
import { apkoCodes } from './codes/apko.ts';
import { appCodes } from './codes/app.ts';
import { archiveCodes } from './codes/archive.ts';
import { bootCodes } from './codes/boot.ts';
import { cliCodes } from './codes/cli.ts';
import { deviceCodes } from './codes/device.ts';
import { emitCodes } from './codes/emit.ts';
import { feedCodes } from './codes/feed.ts';
import { imageFileCodes } from './codes/image-file.ts';
import { machineCodes } from './codes/machine.ts';
import { migrateCodes } from './codes/migrate.ts';
import { openwrtCodes } from './codes/openwrt.ts';
import { opkgCodes } from './codes/opkg.ts';
import { pipelineCodes } from './codes/pipeline.ts';
import { registryCodes } from './codes/registry.ts';
import { reportCodes } from './codes/report.ts';
import { runtimeCodes } from './codes/runtime.ts';
import { runtimeFeedCodes } from './codes/runtime-feed.ts';
import { solveCodes } from './codes/solve.ts';
import { specCodes } from './codes/spec.ts';
import { storeCodes } from './codes/store.ts';
import { tlsCodes } from './codes/tls.ts';
import { treeCodes } from './codes/tree.ts';
import type { CodeEntry } from './code-entry.ts';

export type ErrorCode =
  | keyof typeof cliCodes
  | keyof typeof pipelineCodes
  | keyof typeof specCodes
  | keyof typeof apkoCodes
  | keyof typeof appCodes
  | keyof typeof archiveCodes
  | keyof typeof imageFileCodes
  | keyof typeof feedCodes
  | keyof typeof apkCodes
  | keyof typeof apkFileCodes
  | keyof typeof migrateCodes
  | keyof typeof opkgCodes
  | keyof typeof openwrtCodes
  | keyof typeof registryCodes
  | keyof typeof reportCodes
  | keyof typeof runtimeCodes
  | keyof typeof runtimeFeedCodes
  | keyof typeof solveCodes
  | keyof typeof storeCodes
  | keyof typeof treeCodes
  | keyof typeof emitCodes
  | keyof typeof deviceCodes
  | keyof typeof tlsCodes
  | keyof typeof machineCodes
  | keyof typeof bootCodes;

/** Every stable code, with what `kilopy explain` and docs/errors.md say of it. */
export const errorCodes: Readonly<Record<ErrorCode, CodeEntry>> = {
  ...cliCodes,
  ...pipelineCodes,
  ...specCodes,
  ...apkoCodes,
  ...appCodes,
  ...archiveCodes,
  ...imageFileCodes,
  ...feedCodes,
  ...apkCodes,
  ...apkFileCodes,
  ...migrateCodes,
  ...opkgCodes,
  ...openwrtCodes,
  ...registryCodes,
  ...reportCodes,
  ...runtimeCodes,
  ...runtimeFeedCodes,
  ...solveCodes,
  ...storeCodes,
  ...treeCodes,
  ...emitCodes,
  ...deviceCodes,
  ...tlsCodes,
  ...machineCodes,
  ...bootCodes,
};
