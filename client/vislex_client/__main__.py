"""`python -m vislex_client`."""

import sys

from vislex_client.cli import main

if __name__ == "__main__":
    sys.exit(main())
