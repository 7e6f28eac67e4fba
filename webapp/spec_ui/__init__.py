"""A spec as people see it: form, words, differences, listing, reference. A field added to the spec follows by itself.

Not here: runs. This room knows the spec and no row.
"""
