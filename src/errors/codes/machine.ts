/** KP9xxx: machines: run and test. */
export const machineCodes = {
  KP9001: {
    title: 'Nothing here can run this target',
    exitCode: 6,
    explanation:
      'An image runs on this kernel when the processor is the same, under qemu-user when it is another, or in podman, docker or runc. None of these works on this machine; the message says why for each.',
    fix: 'install what `kilopy doctor` names for running images',
  },
  KP9002: {
    title: 'The machine asked for does not work here',
    exitCode: 6,
    explanation: '`--machine` names a way to run the image that is missing or refused on this computer.',
    fix: 'leave --machine away: kilopy then picks what works and says so',
  },
  KP9010: {
    title: 'The machine could not be set up',
    exitCode: 125,
    explanation:
      'The application was not started: namespaces, mounts, or the container engine failed before it. The words of the program that failed are in the message.',
    fix: 'run `kilopy doctor`, or try another --machine',
  },
  KP9011: {
    title: 'The entry point is not executable',
    exitCode: 126,
    explanation:
      'The file that the image starts with exists but cannot be executed: it is a folder, it lacks the x permission, or it is a program for another processor.',
  },
  KP9012: {
    title: 'The entry point was not found',
    exitCode: 127,
    explanation:
      'The file that the image starts with, or the interpreter or dynamic loader that this file names, is not in the image.',
  },
  KP9013: {
    title: 'A network of its own cannot be made',
    exitCode: 125,
    explanation:
      'An application with declared ports runs in a network namespace of its own. Its loopback interface must be switched on by `ip`, `perl`, `ifconfig` or `busybox`, and none of them is installed.',
    fix: 'sudo apt install iproute2, or run with --network host',
  },
  KP9014: {
    title: 'No free port on 127.0.0.1',
    exitCode: 125,
    explanation: 'The port that the application declares and the hundred after it are all taken on this computer.',
    fix: 'stop what uses the port, or run with --network host',
  },
  KP9020: {
    title: 'The runtime in the image did not answer',
    exitCode: 125,
    explanation:
      'kilopy asks the MicroPython of an image for facts (its modules, for example) by running a short script in it. The script failed or took too long.',
    fix: 'check that the image has a working micropython: kilopy run',
  },
} as const;
