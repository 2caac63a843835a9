"""`python -m babilu` is the `babilu` command."""

import sys

from babilu.cli import main

if __name__ == "__main__":
    sys.exit(main())
