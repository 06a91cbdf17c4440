"""The runner: one proof or all of them, the results in bench/results/soak-*.json, and 1 on any breach."""

from __future__ import annotations

import sys

from tests.soak.runner import main

if __name__ == "__main__":
    sys.exit(main())
