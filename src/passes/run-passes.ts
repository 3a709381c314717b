import type { Tree } from '../tree/node.ts';
import type { BlobStore } from '../values/blob.ts';
import { bundleCertificates, type CaCertificatesReport } from './ca-certificates.ts';
import { makeDeterministic, type DeterminismReport } from './determinism.ts';
import { collectLicences, type Licences } from './licences.ts';
import { writeLoaderCache, type LoaderCacheReport } from './loader-cache.ts';
import { addMountPoints, type MountPointsReport } from './mount-points.ts';
import { slim, type SlimReport, type SlimSettings } from './slim.ts';
import { usrMerge, type UsrMergeReport, type UsrMergeSettings } from './usr-merge.ts';
import { addUsers, type UsersReport, type UserSettings } from './users.ts';

export interface PassSettings {
  /** Absent: the tree has what links it needs. */
  readonly usrMerge?: UsrMergeSettings | undefined;
  readonly user: UserSettings;
  readonly slim: SlimSettings;
  /** No node is younger: SOURCE_DATE_EPOCH, or the newest input. */
  readonly latestSeconds: number;
}

export interface PassReports {
  readonly licences: Licences;
  readonly usrMerge: UsrMergeReport;
  readonly users: UsersReport;
  readonly mountPoints: MountPointsReport;
  readonly caCertificates: CaCertificatesReport;
  readonly slim: SlimReport;
  readonly loaderCache: LoaderCacheReport;
  readonly determinism: DeterminismReport;
}

/**
 * All passes in their order. /usr is merged first, because every later path depends on it; licences are read before
 * `slim` drops them; the certificate bundle is made before its parts go; `determinism` is last.
 */
export async function runPasses(
  tree: Tree,
  blobs: BlobStore,
  settings: PassSettings,
): Promise<{ readonly tree: Tree; readonly reports: PassReports }> {
  const merged = settings.usrMerge === undefined ? { tree, report: { links: [] } } : usrMerge(tree, settings.usrMerge);
  const licences = await collectLicences(merged.tree, blobs);
  const users = await addUsers(merged.tree, blobs, settings.user);
  const mountPoints = addMountPoints(users.tree);
  const caCertificates = await bundleCertificates(mountPoints.tree, blobs);
  const slimmed = await slim(caCertificates.tree, blobs, settings.slim);
  const loaderCache = await writeLoaderCache(slimmed.tree, blobs, slimmed.report.needCache);
  const determinism = makeDeterministic(loaderCache.tree, settings.latestSeconds);
  return {
    tree: determinism.tree,
    reports: {
      licences,
      usrMerge: merged.report,
      users: users.report,
      mountPoints: mountPoints.report,
      caCertificates: caCertificates.report,
      slim: slimmed.report,
      loaderCache: loaderCache.report,
      determinism: determinism.report,
    },
  };
}
