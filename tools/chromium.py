"""Makes sure that browser tests find a Chromium: the machine's, else one that Playwright downloads."""

import shutil
import subprocess
import sys


def main() -> int:
    """Return 0 if there is a browser, after a download if need be."""
    if any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")):
        return 0
    done = subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    if done.returncode:
        print("No Chromium: install one (Debian: apt-get install chromium) and run again.", file=sys.stderr)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
