"""`python -m quancheng.project` is the `quancheng` command."""

from quancheng.project.command import main

main()
