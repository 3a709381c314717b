import type { Template } from './template.ts';

export const cron: Template = {
  summary: 'a job that runs again and again',
  files: (name) => ({
    'main.py': `# Runs a job every EVERY_SECONDS seconds, without drifting when the job takes long.
import os
import sys
import time

# kilopy.yaml sets it; \`docker run -e EVERY_SECONDS=5\` sets another value.
EVERY_SECONDS = int(os.getenv("EVERY_SECONDS", "60"))


def job():
    """What is to be done each time. Your own code goes here."""
    print("the time is", time.time())


def pause_seconds(started, now, every):
    """Seconds until the next whole multiple of \`every\` after \`started\`; times that were missed are left out."""
    return every - (now - started) % every


def main():
    started = time.time()
    while True:
        try:
            job()
        except Exception as error:
            # One failure does not end the service.
            sys.print_exception(error)
        time.sleep(pause_seconds(started, time.time(), EVERY_SECONDS))


# Tests import this file too, and must not start the loop.
if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        # Ctrl-C, and \`docker stop\`: kilopy's images ask for SIGINT.
        print("stopped")
`,
    'test_main.py': `# \`kilopy test\` runs every function whose name begins with test_. This file stays out of the image.
import main


def test_waits_for_the_next_round():
    assert main.pause_seconds(100, 100, 60) == 60
    assert main.pause_seconds(100, 115, 60) == 45


def test_leaves_out_rounds_that_were_missed():
    assert main.pause_seconds(100, 290, 60) == 50
`,
    'kilopy.yaml': `# Optional: every key has a default.
name: ${name}
env:
  EVERY_SECONDS: "60"
`,
  }),
};
