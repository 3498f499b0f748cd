"""`python -m vislex_client`."""

import sys

from vislex_client.cli import main

sys.exit(main())
