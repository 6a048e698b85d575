"""A module that ends the program."""

import sys

print("noise on stdout")
sys.exit("leaving")
