"""Validation of specs: parsing, compatibility of fields with each other and the data, messages, and presets.

Not here: what a single field accepts, which its declaration in `spec` defines.
"""
