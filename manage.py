#!/usr/bin/env python
import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ["SERVE"] = "all"  # Commands know every table, whatever part of the service runs in the same environment.
    execute_from_command_line(sys.argv)
