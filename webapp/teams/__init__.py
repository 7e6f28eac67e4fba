"""People and teams: roles and rights, accounts, links that let people in, tokens.

Not here: what a team owns.
"""
