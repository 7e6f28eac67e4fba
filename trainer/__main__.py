"""``python -m trainer``."""

from __future__ import annotations

import sys

from trainer.process.cli import main

if __name__ == "__main__":
    sys.exit(main())
