/** What scripts/generate-docs.ts writes: schema/kilopy.schema.json and docs/kilopy-yaml.md, both from src/spec/schema.ts. */
import { stringify } from 'yaml';
import { bases } from '../src/spec/bases.ts';
import { annotatedJsonSchema, specJsonSchema } from '../src/spec/schema.ts';

interface SchemaNode {
  readonly description?: string;
  readonly default?: unknown;
  /** The default in words. */
  readonly otherwise?: string;
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly SchemaNode[];
  readonly items?: SchemaNode;
  readonly additionalProperties?: SchemaNode | boolean;
}

export function schemaText(): string {
  return `${JSON.stringify(specJsonSchema(), null, 2)}\n`;
}

export function specDocsText(): string {
  const schema = annotatedJsonSchema() as SchemaNode;
  return `${intro}${Object.entries(schema.properties ?? {})
    .map(([key, node]) => keySection(key, node))
    .join('')}`;
}

const intro = `# kilopy.yaml

<!-- Made from src/spec/schema.ts by scripts/generate-docs.ts. Edit there. -->

\`kilopy.yaml\` lies beside \`main.py\`. The file and every key in it are optional: a folder with a \`main.py\` is enough.
Options of the command line win over the file; \`--packages\` and \`--env\` add to it.

\`\`\`yaml
name: greeter
targets: [linux/amd64, linux/arm64, linux/arm/v7]
env:
  LOG_LEVEL: info
ports: [8080]
outputs: [oci, tar.gz]
\`\`\`

The file is YAML 1.2 in UTF-8; anchors, aliases and \`<<\` work. Unknown keys are refused with a suggestion, and all
faults of the file are reported together. Editors complete and check the keys with \`schema/kilopy.schema.json\`:
begin the file with \`# yaml-language-server: $schema=node_modules/kilopy/schema/kilopy.schema.json\`.

`;

function keySection(key: string, node: SchemaNode): string {
  const examples = (node.examples ?? []).map((example) => `\`\`\`yaml\n${stringify({ [key]: example })}\`\`\`\n\n`);
  return `## \`${key}\`\n\n${node.description ?? ''}\n\nDefault: ${defaultText(node)}\n\n${examples.join('')}${innerTables(key, node)}`;
}

/** A table of the keys inside a key. */
function innerTables(key: string, node: SchemaNode): string {
  const mapping = mappings(node)[0];
  if (mapping?.properties === undefined) return '';
  return key === 'base' ? baseTables(mapping) : table(Object.entries(mapping.properties), mapping.required ?? []);
}

/** The settings of each base that this version has, and the names of the others. */
function baseTables(mapping: SchemaNode): string {
  const available = bases
    .filter((row) => row.available)
    .map(({ name }) => {
      const node = mapping.properties?.[name] ?? {};
      return `### \`base: {${name}: ...}\`\n\n${node.description ?? ''}\n\n${table(Object.entries(mappings(node)[0]?.properties ?? {}), [])}`;
    });
  const later = bases.filter((row) => !row.available).map(({ name, description }) => `- \`${name}\`: ${description}\n`);
  return `${available.join('')}### Not in this version\n\n${later.join('')}- \`image\`: an image that exists already, \`base: {image: REFERENCE}\`\n\n`;
}

function mappings(node: SchemaNode): readonly SchemaNode[] {
  if (node.properties !== undefined) return [node];
  const inner = [...(node.anyOf ?? []), ...(node.items === undefined ? [] : [node.items])];
  if (typeof node.additionalProperties === 'object') inner.push(node.additionalProperties);
  return inner.flatMap(mappings);
}

function table(rows: readonly (readonly [string, SchemaNode])[], required: readonly string[]): string {
  const lines = rows.map(([name, node]) => {
    const normally = required.includes(name) ? 'needed' : defaultText(node);
    const example = `\`${name}: ${JSON.stringify(node.examples?.[0])}\``;
    return `| \`${name}\` | ${node.description ?? ''} | ${normally} | ${example} |\n`;
  });
  return `| key | meaning | default | example |\n| --- | --- | --- | --- |\n${lines.join('')}\n`;
}

function defaultText(node: SchemaNode): string {
  if (node.otherwise !== undefined) return node.otherwise;
  return `\`${typeof node.default === 'string' ? node.default : JSON.stringify(node.default)}\``;
}
