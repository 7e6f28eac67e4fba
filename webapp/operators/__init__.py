"""What operators of the site do and see: people, teams, quotas, on pages and as commands.

Not here: what an admin of a team does.
"""
