"""`python -m portolan`: the command line."""

from portolan.cli.main import main

main()
