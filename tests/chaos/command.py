"""A command with faults built in: `python -m tests.chaos.command FAULT… -- WORDS…` is `registan WORDS…` with them."""

import sys

from deploy.cli import main
from tests.chaos.faults import install

if __name__ == "__main__":
    end = sys.argv.index("--")
    for fault in sys.argv[1:end]:
        install(fault)
    sys.argv = ["registan", *sys.argv[end + 1 :]]
    main()
