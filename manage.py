#!/usr/bin/env python3
"""Django's own door to the same command as `quancheng`."""

from quancheng.project.command import main

if __name__ == "__main__":
    main()
