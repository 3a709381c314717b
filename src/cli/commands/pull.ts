import { Option } from 'commander';
import type { CommandModule } from '../command.ts';
import { addRegistryOptions } from '../registry-options.ts';
import { copied } from './copy.ts';

export const pullCommand: CommandModule = {
  configure(command) {
    command
      .description(
        'Fetch an image from a registry into an archive that docker, podman and skopeo load, or into an OCI layout.',
      )
      .argument('<reference>', 'such as ghcr.io/me/hello:1.2')
      .argument('[to]', 'NAME.tar for an archive, or ./NAME for a layout (default: NAME.oci.tar here)')
      .addOption(new Option('--all', 'every platform of an index').conflicts('platform'))
      .addOption(new Option('--platform <name>', 'the image for linux/arm64 or the like (default: this machine)'));
    addRegistryOptions(command);
  },
  async run(call) {
    const { parseReference } = await import('../../registry/reference.ts');
    const { repository } = parseReference(call.args[0] ?? '');
    const name = repository.slice(repository.lastIndexOf('/') + 1);
    const to = call.args[1] ?? `./${name}.oci.tar`;
    return await copied(call, /^[./~]/u.test(to) ? to : `./${to}`);
  },
};
