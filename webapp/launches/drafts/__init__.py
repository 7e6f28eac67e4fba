"""Runs that are not launched yet: what the launch form holds, where it begins, and what was posted of it."""
