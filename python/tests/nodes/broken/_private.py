"""Imported by others only."""

raise AssertionError
