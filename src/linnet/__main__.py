"""`python -m linnet`: the command line."""

import sys

from linnet.apps.cli import main

sys.exit(main())
