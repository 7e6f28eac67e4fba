"""A spec as people see it: form, wording, differences, listing, reference. A field added to the spec appears in all.

Not here: runs. This room knows the spec and no database row.
"""
