"""`python -m mediamill.cli`."""

from mediamill.cli import main

main()
