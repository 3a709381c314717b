import { KilopyError } from '../errors/kilopy-error.ts';
import { nearest } from '../errors/nearest.ts';
import type { ImageChoice } from '../image/list-images.ts';
import type { Context } from '../io/context.ts';
import { lockChain } from '../report/lock-chain.ts';
import type { SizeReport } from '../report/size-report.ts';
import { whyDropped, whyNode, type WhyFacts } from '../report/why-file.ts';
import { openStore } from '../store/store.ts';
import type { Node, Tree } from '../tree/node.ts';
import { baseName, isWithin } from '../tree/paths.ts';
import { sizedFiles } from '../tree/sizes.ts';
import { assemble, type Assembled } from './assemble.ts';
import { allWishes } from './base-wishes.ts';
import type { BuildRequest } from './build-request.ts';
import { isApplication, measureBuild } from './size.ts';
import { findNode, type WhyAnswer, type WhyResult } from './why-answer.ts';
import { whyInImage } from './why-image.ts';
import { withRepair } from './with-repair.ts';

export interface WhyRequest extends BuildRequest {
  /** A path inside the image (with or without the slash, or the name of a file that is there once), or a package. */
  readonly subject: string;
}

/**
 * Builds without writing, and says for every target why the subject is there; or says it of an image that exists.
 * Throws KP1202 when it is in none.
 */
export async function why(ctx: Context, request: WhyRequest, choice: ImageChoice = {}): Promise<WhyResult> {
  if (!(await isApplication(ctx, request))) return await whyInImage(ctx, request.folder, request.subject, choice);
  const store = await openStore(ctx, undefined, { offline: request.offline });
  return await withRepair(ctx, async () => {
    const assembled = await assemble(ctx, store, request);
    const sizes = await measureBuild(ctx, store, assembled, request.compress);
    const answers = assembled.trees.flatMap((built, i) => {
      const report = sizes[i];
      const answer = report && answerFor(factsOf(assembled, i), built.target.name, request.subject, report);
      return answer === undefined ? [] : [answer];
    });
    if (answers.length === 0) throw unknown(request.subject, assembled);
    return { subject: request.subject, answers };
  });
}

function factsOf({ spec, trees, sections, checked }: Assembled, i: number): WhyFacts {
  const built = trees[i];
  if (built === undefined) throw new KilopyError('KP1070', 'a target without a tree');
  return {
    spec,
    tree: built.tree,
    slim: built.reports.slim,
    packages: sections[i]?.packages ?? [],
    wishes: allWishes(spec),
    imports: checked.imports,
  };
}

function answerFor(facts: WhyFacts, target: string, subject: string, report: SizeReport): WhyAnswer | undefined {
  const present = findNode(facts.tree, subject);
  if (present !== undefined) return fileAnswer(facts, target, present, report);
  const left = findNode(facts.slim.droppedNodes, subject);
  const isPackage = facts.packages.some(({ name }) => name === subject);
  if (isPackage && left?.path !== subject) return packageAnswer(facts, target, subject, report);
  if (left === undefined) return undefined;
  const { why: reason, keep } = whyDropped(facts, left);
  const sizeBytes = treeBytes(facts.slim.droppedNodes, left);
  return {
    target,
    kind: left.type,
    subject: left.path,
    state: 'left-out',
    chain: [reason],
    keep,
    sizeBytes,
    wireBytes: undefined,
    files: [],
  };
}

function fileAnswer(facts: WhyFacts, target: string, node: Node, { files }: SizeReport): WhyAnswer {
  const below = files.filter(({ path }) => isWithin(path, node.path));
  const wire = below.flatMap(({ wireBytes }) => wireBytes ?? []);
  return {
    target,
    kind: node.type,
    subject: node.path,
    state: 'present',
    chain: [...whyNode(facts, node), ...(node.type === 'symlink' ? [`it is a link to ${node.target}`] : [])],
    keep: undefined,
    sizeBytes: treeBytes(facts.tree, node),
    wireBytes: wire.length === 0 ? undefined : wire.reduce((a, b) => a + b, 0),
    files: node.type === 'directory' ? below.map(({ path, sizeBytes }) => ({ path, sizeBytes })) : [],
  };
}

function packageAnswer(facts: WhyFacts, target: string, name: string, report: SizeReport): WhyAnswer {
  const own = report.files.filter(({ owner }) => owner.kind === 'package' && owner.name === name);
  const wire = own.flatMap(({ wireBytes }) => wireBytes ?? []);
  const [biggest] = own;
  const node = biggest === undefined ? undefined : facts.tree.get(biggest.path);
  const common = {
    target,
    kind: 'package',
    subject: name,
    sizeBytes: own.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    wireBytes: wire.length === 0 ? undefined : wire.reduce((a, b) => a + b, 0),
    files: own.map(({ path, sizeBytes }) => ({ path, sizeBytes })),
  } as const;
  if (node !== undefined) return { ...common, state: 'present', chain: whyNode(facts, node), keep: undefined };
  const installed = lockChain(facts.packages, name, facts.wishes);
  return {
    ...common,
    state: 'left-out',
    chain: [...installed, `no file of ${name} is in the image: nothing reaches one (slim: ${facts.spec.slim})`],
    keep: `name ${name} under packages: in kilopy.yaml to keep all of it`,
  };
}

function treeBytes(tree: Tree, node: Node): number {
  if (node.type === 'file') return node.content.sizeBytes;
  const below = new Map([...tree].filter(([path]) => isWithin(path, node.path)));
  return sizedFiles(below).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

function unknown(subject: string, { trees, sections, spec }: Assembled): KilopyError {
  const paths = trees.flatMap(({ tree, reports }) => [...tree.keys(), ...reports.slim.droppedNodes.keys()]);
  const names = sections.flatMap(({ packages }) => packages.map(({ name }) => name));
  const bare = subject.replace(/^\/+/u, '');
  const same = paths.find((path) => baseName(path) === baseName(bare) && path !== bare);
  const [near] = [...(same === undefined ? [] : [same]), ...nearest(bare, [...paths, ...names], 1)];
  const [nearName] = nearest(baseName(bare), paths.map(baseName), 1);
  const byName = nearName === undefined ? undefined : paths.find((path) => baseName(path) === nearName);
  const guess = near ?? byName;
  return new KilopyError('KP1202', `${subject} is neither a path nor a package of ${spec.name}`, {
    why: 'it is not in the image, and it was not left out of it',
    ...(guess === undefined ? {} : { fix: `did you mean ${names.includes(guess) ? guess : `/${guess}`}?` }),
    data: { subject, ...(guess === undefined ? {} : { nearest: guess }) },
  });
}
