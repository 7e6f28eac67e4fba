"""People and teams: roles and permissions, accounts, invitation and sign-in links, tokens.

Not here: what a team owns.
"""
